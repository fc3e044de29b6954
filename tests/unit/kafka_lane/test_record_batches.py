"""Columns from raw fetches equal what aiokafka unpacks record by record."""

import numpy as np
import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.kafka_lane.record_batches import unpack_fetch

Record = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]


def batch(records: list[Record], base: int, codec: int = 0) -> bytes:
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, 0, 1 << 20)
    for i, (key, value, headers) in enumerate(records):
        assert builder.append(i, 1_700_000_000_000 + 7 * i, key, value, headers) is not None
    data = bytearray(builder.build())
    data[0:8] = base.to_bytes(8, "big")  # the broker's part; outside of the checksum
    return bytes(data)


def reference(data: bytes, fetch_offset: int) -> list[tuple[int, int, bytes | None, bytes | None]]:
    memory = MemoryRecords(data)
    found = []
    while memory.has_next():
        stock = memory.next_batch()
        assert stock is not None
        found += [(r.offset, r.timestamp, r.key, r.value) for r in stock if r.offset >= fetch_offset]
    return found


def ours(data: bytes, fetch_offset: int) -> tuple[list[tuple[int, int, bytes | None, bytes | None]], int]:
    c, next_offset = unpack_fetch("t", 0, data, fetch_offset)
    return [(int(c.offset[i]), int(c.timestamp_ms[i]), c.key(i), c.value(i)) for i in range(len(c))], next_offset


records_strategy = st.lists(
    st.tuples(
        st.none() | st.binary(max_size=200),
        st.none() | st.binary(max_size=200),
        st.lists(st.tuples(st.text(max_size=5), st.binary(max_size=5)), max_size=3),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=60, deadline=None)
@given(
    batches=st.lists(st.tuples(records_strategy, st.sampled_from([0, 1, 2, 3, 4])), min_size=1, max_size=5),
    skip=st.integers(0, 30),
    cut=st.integers(0, 40),
)
def test_equals_aiokafka(batches: list[tuple[list[Record], int]], skip: int, cut: int) -> None:
    data, base = b"", 100
    for records, codec in batches:
        data += batch(records, base, codec)
        base += len(records)
    data += batch([(b"k", b"cut off by the size of the fetch", [])], base)[:cut]
    assert ours(data, 100 + skip) == (reference(data, 100 + skip), max(base, 100 + skip))


def test_a_flipped_bit_is_found() -> None:
    data = bytearray(batch([(b"key", b"value", [])], 0))
    data[-3] ^= 1
    with pytest.raises(CorruptRecordException, match="checksum"):
        unpack_fetch("t", 0, bytes(data), 0)


@pytest.mark.parametrize("count", [2, 1000])
def test_a_lying_record_count_is_refused(count: int) -> None:
    data = bytearray(batch([(b"key", b"value", [])], 0))
    data[57:61] = count.to_bytes(4, "big")
    from crc32c import crc32c

    data[17:21] = crc32c(bytes(data[21:])).to_bytes(4, "big")
    with pytest.raises(CorruptRecordException, match="Malformed"):
        unpack_fetch("t", 0, bytes(data), 0)


def test_control_batches_are_passed_over() -> None:
    data = bytearray(batch([(b"key", b"value", [])], 5))
    data[21:23] = (0x20).to_bytes(2, "big")
    from crc32c import crc32c

    data[17:21] = crc32c(bytes(data[21:])).to_bytes(4, "big")
    assert ours(bytes(data), 5) == ([], 6)


def test_slices_keep_the_buffer() -> None:
    columns, _ = unpack_fetch("t", 3, batch([(b"k%d" % i, b"v%d" % i, []) for i in range(10)], 0), 0)
    part = columns.slice(4, 7)
    assert [part.value(i) for i in range(len(part))] == [b"v4", b"v5", b"v6"]
    assert np.shares_memory(part.buffer, columns.buffer)
