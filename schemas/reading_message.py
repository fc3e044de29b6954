"""One readings message in plain Python: every shape, every reason; the kernel must agree with it."""

from collections.abc import Mapping
from math import nan
from typing import Any, NamedTuple

import msgspec
from pydantic_core import from_json

from schemas.json_elements import split_elements
from schemas.message_fields import (
    default_asset_id,
    event_time,
    finite,
    optional_text,
    refuse_type,
    required,
    required_text,
    sequence_number,
    type_name,
)
from schemas.refusal import RefusedError

QUALITIES = {"good": 0, "uncertain": 1, "bad": 2}
FIELDS = frozenset(("sensor_id", "ts", "value", "asset_id", "sensor_type", "unit", "seq", "quality"))


class DecodedReading(NamedTuple):
    """One valid reading: `value` is NaN where it is known to be missing, `seq` -1 where there is none."""

    sensor_id: str
    asset_id: str
    sensor_type: str | None
    unit: str | None
    ts_us: int
    value: float
    seq: int
    quality: int
    unknown_fields: int


class Element(NamedTuple):
    """One element of a message: its place in an array or among the lines, its bytes, and what came out."""

    place: int
    raw: bytes
    outcome: DecodedReading | RefusedError


def read_message(value: bytes) -> list[Element]:
    """Return the elements of an object, an array or lines of objects, in order; RefusedError if it has none."""
    if not value.strip():
        raise RefusedError("empty", "the message has no content")
    return [Element(place, raw, _try(raw)) for place, raw in enumerate(split_elements(value))]


def read_reading(raw: bytes) -> DecodedReading:
    """Return the reading in one JSON object; RefusedError with reason and detail."""
    fields = load_json(raw)
    if not isinstance(fields, dict):
        raise RefusedError("wrong_shape", f"a reading is a JSON object, not {type_name(fields)}")
    return check_reading(fields)


def check_reading(fields: Mapping[str, Any]) -> DecodedReading:
    """Return the reading in decoded JSON fields; RefusedError with reason and detail."""
    sensor_id = required_text(fields, "sensor_id")
    ts_us = event_time(fields)
    value = _value(fields)
    asset_id = optional_text(fields, "asset_id") or default_asset_id(sensor_id)
    sensor_type = optional_text(fields, "sensor_type")
    unit = optional_text(fields, "unit")
    seq = sequence_number(fields)
    quality = _quality(fields)
    if quality == QUALITIES["bad"]:
        value = nan
    unknown_fields = len(fields) - len(FIELDS & fields.keys())
    return DecodedReading(sensor_id, asset_id, sensor_type, unit, ts_us, value, seq, quality, unknown_fields)


def load_json(raw: bytes) -> Any:
    """Return decoded JSON; NaN and infinities are let through so that the field's own check can name them."""
    try:
        return msgspec.json.decode(raw)
    except UnicodeDecodeError as error:
        raise RefusedError("not_utf8", "a text in the message is no UTF-8") from error
    except RecursionError as error:
        raise RefusedError("not_json", "the JSON is nested too deeply") from error
    except msgspec.DecodeError as error:
        return _load_with_non_finite(raw, error)


def _load_with_non_finite(raw: bytes, cause: msgspec.DecodeError) -> Any:
    """Decode as the public model does: NaN, Infinity and numbers beyond the range of a double are known there."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError("not_utf8", f"byte {error.start} of the message is no UTF-8") from error
    try:
        return from_json(raw, allow_inf_nan=True)
    except ValueError:
        raise RefusedError("not_json", str(cause)) from cause


def _try(raw: bytes) -> DecodedReading | RefusedError:
    try:
        return read_reading(raw)
    except RefusedError as refused:
        return refused


def _value(fields: Mapping[str, Any]) -> float:
    value = required(fields, "value")
    return nan if value is None else finite("value", value)


def _quality(fields: Mapping[str, Any]) -> int:
    quality = fields.get("quality")
    if quality is None:
        return QUALITIES["good"]
    if not isinstance(quality, str):
        refuse_type("quality", "good, uncertain or bad", quality)
    if quality not in QUALITIES:
        raise RefusedError("wrong_type", f"quality {quality[:40]!r} is none of good, uncertain, bad")
    return QUALITIES[quality]
