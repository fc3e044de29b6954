"""Raw bytes of a Kafka fetch response to columns, without an object per record.

Source: Kafka record batch format v2, https://kafka.apache.org/documentation/#recordbatch
"""

import struct
from collections.abc import Callable

import numpy as np
from aiokafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from crc32c import crc32c
from numba import njit
from numpy.typing import NDArray

from schemas.records import RecordColumns

_HEADER = struct.Struct(">qiibIhiqqqhii")
_AFTER_LENGTH = 12
_AFTER_CRC = 21
_CODEC_MASK, _LOG_APPEND_TIME, _CONTROL = 0x07, 0x08, 0x20

_CODECS: dict[int, Callable[[bytes], bytes]] = {
    1: gzip_decode,
    2: snappy_decode,
    3: lz4_decode,
    4: zstd_decode,
}


def unpack_fetch(topic: str, partition: int, data: bytes, fetch_offset: int) -> tuple[RecordColumns, int]:
    """Unpack whole record batches of `data` from `fetch_offset` on; return the columns and the next offset to fetch.

    Control batches are passed over; a batch cut off at the end is left for the next fetch.
    Raises CorruptRecordException on a wrong checksum or malformed record, UnsupportedCodecError on an unknown codec.
    """
    batches: list[tuple[int, int, int, int, int, int]] = []
    parts: list[bytes] | None = None
    size = len(data)
    at, next_offset, total, shift = 0, fetch_offset, 0, 0
    while size - at >= _HEADER.size:
        (base, length, _, magic, crc, attributes, last_delta, first_ts, max_ts, _, _, _, count) = _HEADER.unpack_from(
            data, at
        )
        end = at + _AFTER_LENGTH + length
        if end > size:
            break
        if magic != 2:
            raise CorruptRecordException(
                f"Record format v{magic} in {topic}-{partition}: only v2 (Kafka 0.11+) is read"
            )
        if crc32c(memoryview(data)[at + _AFTER_CRC : end]) != crc:
            raise CorruptRecordException(f"Wrong checksum in {topic}-{partition} at offset {base}")
        start, at, next_offset = at + _HEADER.size, end, base + last_delta + 1
        if attributes & _CONTROL or not count:
            continue
        codec = attributes & _CODEC_MASK
        if codec and parts is None:
            # From the first compressed batch on, sections are laid out anew in a second buffer behind the raw bytes.
            parts, shift = [data], size
        if codec:
            if codec not in _CODECS:
                raise UnsupportedCodecError(f"Unknown compression codec {codec} in {topic}-{partition}")
            plain = bytes(_CODECS[codec](data[start:end]))
            assert parts is not None
            parts.append(plain)
            start, end = shift, shift + len(plain)
            shift = end
        fixed_ts = max_ts if attributes & _LOG_APPEND_TIME else -1
        batches.append((start, end, base, first_ts, fixed_ts, count))
        total += count
    buffer = np.frombuffer(data if parts is None else b"".join(parts), np.uint8)
    table = np.array(batches, np.int64).reshape(-1, 6)
    offset = np.empty(total, np.int64)
    timestamp_ms = np.empty(total, np.int64)
    spans = np.empty((5, total), np.int32)
    n = _unpack_records(buffer, table, fetch_offset, offset, timestamp_ms, spans)
    if n < 0:
        raise CorruptRecordException(f"Malformed record in {topic}-{partition} after offset {fetch_offset}")
    key_start, key_length, value_start, value_length, headers_start = spans[:, :n]
    columns = RecordColumns(
        topic, partition, buffer, offset[:n], timestamp_ms[:n],
        key_start, key_length, value_start, value_length, headers_start,
    )  # fmt: skip
    return columns, max(next_offset, fetch_offset)


@njit(cache=True, nogil=True)
def _varint(buffer: NDArray[np.uint8], at: int, end: int) -> tuple[np.int64, int]:
    """Zigzag varint at `at`: (value, position after it); position -1 where it runs past `end`."""
    result = np.uint64(0)
    shift = np.uint64(0)
    while at < end and shift < 64:
        byte = buffer[at]
        at += 1
        result |= np.uint64(byte & 0x7F) << shift
        if byte < 0x80:
            return np.int64(result >> np.uint64(1)) ^ -np.int64(result & np.uint64(1)), at
        shift += np.uint64(7)
    return np.int64(0), -1


@njit(cache=True, nogil=True)
def _unpack_records(
    buffer: NDArray[np.uint8],
    batches: NDArray[np.int64],
    fetch_offset: int,
    offset: NDArray[np.int64],
    timestamp_ms: NDArray[np.int64],
    spans: NDArray[np.int32],
) -> int:
    """Fill the output columns; return the number of records, or -1 where a record is malformed."""
    n = 0
    for b in range(len(batches)):
        at, end = batches[b, 0], batches[b, 1]
        base, first_ts, fixed_ts = batches[b, 2], batches[b, 3], batches[b, 4]
        for _ in range(batches[b, 5]):
            length, at = _varint(buffer, at, end)
            if at < 0 or length < 0 or at + length > end:
                return -1
            stop = at + length
            ts_delta, at = _varint(buffer, at + 1, stop)
            if at < 0:
                return -1
            offset_delta, at = _varint(buffer, at, stop)
            if at < 0:
                return -1
            key_length, at = _varint(buffer, at, stop)
            if at < 0 or at + max(key_length, 0) > stop:
                return -1
            key_start = at
            value_length, at = _varint(buffer, at + max(key_length, 0), stop)
            if at < 0 or at + max(value_length, 0) > stop:
                return -1
            if base + offset_delta >= fetch_offset:
                offset[n] = base + offset_delta
                timestamp_ms[n] = fixed_ts if fixed_ts >= 0 else first_ts + ts_delta
                spans[0, n] = key_start
                spans[1, n] = key_length
                spans[2, n] = at
                spans[3, n] = value_length
                spans[4, n] = at + max(value_length, 0)
                n += 1
            at = stop
    return n


def compile_kernels() -> None:
    """Unpack one record, so that the kernels are compiled."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, 0, 1024)
    builder.append(0, 0, b"key", b"value", [])
    unpack_fetch("warm", 0, bytes(builder.build()), 0)
