"""Signal block messages, msgpack or JSON, to blocks."""

from math import nan
from typing import Any

import msgspec

from schemas.message_fields import (
    check_future,
    check_size,
    default_asset_id,
    event_time,
    finite,
    key_text,
    optional_text,
    required,
    required_text,
    sequence_number,
    type_name,
)
from schemas.reading_message import load_json
from schemas.records import RecordColumns
from schemas.refusal import Refusal, RefusedError
from schemas.signal import SignalBlock
from schemas.signal_samples import float_samples


def decode_signals(
    records: RecordColumns,
    *,
    max_message_bytes: int = 1_000_000,
    max_future_s: float = 300.0,
    require_asset_key: bool = False,
) -> tuple[list[SignalBlock], list[Refusal]]:
    """Return the blocks of a batch and its refusals, in arrival order; a bad message leaves its neighbours alone."""
    blocks: list[SignalBlock] = []
    refused: list[Refusal] = []
    max_future_us = round(max_future_s * 1e6)
    for i in range(len(records)):
        value = records.value(i)
        try:
            key = key_text(records.key(i))
            block = read_signal(check_size(value, max_message_bytes), record=i)
            check_future(block.ts_us, int(records.timestamp_ms[i]), max_future_us)
            if require_asset_key and key != block.asset_id:
                raise RefusedError("key_mismatch", f"key {key!r} is not the asset {block.asset_id!r}")
            blocks.append(block)
        except RefusedError as refusal:
            refused.append(Refusal(i, 0, refusal.reason, refusal.detail, value))
        except Exception as error:
            # A defect of ours must not stop the partition: the bytes are kept, the dead letter says what broke.
            refused.append(Refusal(i, 0, "internal", f"{type(error).__name__}: {error}", value))
    return blocks, refused


def read_signal(message: bytes, record: int = 0) -> SignalBlock:
    """Return the block in a msgpack or JSON message; RefusedError with reason and detail."""
    fields = load_fields(message)
    if not isinstance(fields, dict):
        raise RefusedError("wrong_shape", f"a signal block is an object, not {type_name(fields)}")
    sensor_id = required_text(fields, "sensor_id")
    ts_us = event_time(fields)
    rate_hz = finite("rate_hz", required(fields, "rate_hz"))
    if rate_hz <= 0:
        raise RefusedError("wrong_type", f"rate_hz must be above 0, not {rate_hz:g}")
    scale = 1.0 if fields.get("scale") is None else finite("scale", fields["scale"])
    speed_rpm = nan if fields.get("speed_rpm") is None else finite("speed_rpm", fields["speed_rpm"])
    if speed_rpm < 0:
        raise RefusedError("wrong_type", f"speed_rpm must not be below 0, as {speed_rpm:g} is")
    dtype = optional_text(fields, "dtype")
    return SignalBlock(
        record=record,
        sensor_id=sensor_id,
        asset_id=optional_text(fields, "asset_id") or default_asset_id(sensor_id),
        ts_us=ts_us,
        rate_hz=rate_hz,
        samples=float_samples(required(fields, "samples"), dtype, scale),
        unit=optional_text(fields, "unit"),
        seq=sequence_number(fields),
        speed_rpm=speed_rpm,
    )


def load_fields(message: bytes) -> Any:
    """Return what a msgpack or JSON message holds; RefusedError where it is neither."""
    # In msgpack a map begins beyond ASCII, in JSON every text begins within.
    if message[0] < 0x80:
        return load_json(message)
    try:
        return msgspec.msgpack.decode(message)
    except UnicodeDecodeError as error:
        raise RefusedError("not_utf8", "a text in the message is no UTF-8") from error
    except RecursionError as error:
        raise RefusedError("not_msgpack", "the msgpack is nested too deeply") from error
    except (msgspec.DecodeError, TypeError, ValueError) as error:
        # TypeError: a list or map as the key of a map.
        raise RefusedError("not_msgpack", str(error)) from error
