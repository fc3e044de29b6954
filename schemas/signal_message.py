"""Signal block messages, msgpack or JSON, to blocks."""

from math import nan
from typing import Any

import msgspec

from schemas.message_batch import decode_each
from schemas.message_fields import (
    check_size,
    default_asset_id,
    event_time,
    finite,
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

    def read(i: int, value: bytes | None) -> SignalBlock:
        return read_signal(check_size(value, max_message_bytes), record=i)

    return decode_each(records, read, max_future_s, require_asset_key)


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
        sensor_type=optional_text(fields, "sensor_type"),
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
