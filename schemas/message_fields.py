"""Fields that readings and signal blocks have in common, checked one by one: each refusal says which and why."""

from collections.abc import Mapping
from math import inf, isfinite
from typing import Any, NoReturn

from schemas.refusal import RefusedError
from schemas.times import format_time, parse_time

MAX_TEXT_CHARS = 512
MAX_SEQ = 2**63 - 1
NO_SEQ = -1

Fields = Mapping[str, Any]


def required(fields: Fields, name: str) -> Any:
    """Return a field that must be there, null or not."""
    if name not in fields:
        raise RefusedError("missing_field", f"{name} is missing")
    return fields[name]


def required_text(fields: Fields, name: str) -> str:
    """Return a text that must be there and not be empty."""
    text = required(fields, name)
    if text is None:
        refuse_type(name, "text", text)
    return optional_text(fields, name) or _refuse_empty(name)


def optional_text(fields: Fields, name: str) -> str | None:
    """Return a text, None where it is null or not there."""
    text = fields.get(name)
    if text is None:
        return None
    if not isinstance(text, str):
        refuse_type(name, "text", text)
    if len(text) > MAX_TEXT_CHARS:
        raise RefusedError("wrong_type", f"{name} has {len(text)} characters, at most {MAX_TEXT_CHARS} are taken")
    return text


def event_time(fields: Fields) -> int:
    """Return `ts` in microseconds."""
    ts = required(fields, "ts")
    if isinstance(ts, bool) or not isinstance(ts, int | float | str):
        refuse_type("ts", "a number or an ISO 8601 text", ts)
    try:
        return parse_time(ts)
    except ValueError as error:
        raise RefusedError("bad_time", f"ts: {error}") from error


def finite(name: str, value: object) -> float:
    """Return a number as a finite float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse_type(name, "a number", value)
    try:
        number = float(value)
    except OverflowError:
        number = inf
    if not isfinite(number):
        raise RefusedError("not_finite", f"{name} is not a finite number")
    return number


def sequence_number(fields: Fields) -> int:
    """Return `seq`, -1 where there is none."""
    seq = fields.get("seq")
    if seq is None:
        return NO_SEQ
    if isinstance(seq, bool) or not isinstance(seq, int):
        refuse_type("seq", "a whole number", seq)
    if not 0 <= seq <= MAX_SEQ:
        raise RefusedError("wrong_type", f"seq {seq} is outside 0 to 2^63-1")
    return seq


def default_asset_id(sensor_id: str) -> str:
    """Return the part of a sensor's name before its first slash, or the whole where that is empty."""
    return sensor_id.partition("/")[0] or sensor_id


def key_text(key: bytes | None) -> str | None:
    """Return a message's key as text; RefusedError where it is no UTF-8."""
    try:
        return None if key is None else key.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError("not_utf8", f"byte {error.start} of the key is no UTF-8") from error


def check_future(ts_us: int, timestamp_ms: int, max_future_us: int) -> None:
    """Refuse a time far behind its message: Kafka's own timestamp is the measure, so that a replay judges the same."""
    if timestamp_ms >= 0 and ts_us > timestamp_ms * 1000 + max_future_us:
        raise RefusedError(
            "future_time", f"ts {format_time(ts_us)} lies more than {max_future_us / 1e6:g} s after its message"
        )


def check_size(value: bytes | None, max_message_bytes: int) -> bytes:
    """Return a message's value; RefusedError where it is null, empty or too large."""
    if not value:
        raise RefusedError("empty", "the message has no value")
    if len(value) > max_message_bytes:
        raise RefusedError("too_large", f"{len(value)} bytes, at most {max_message_bytes} are taken")
    return value


def refuse_type(name: str, wanted: str, got: object) -> NoReturn:
    """Refuse a field of the wrong JSON type."""
    raise RefusedError("wrong_type", f"{name} must be {wanted}, not {type_name(got)}")


def type_name(value: object) -> str:
    """Return what JSON calls the type of a decoded value."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "an array", dict: "an object"}
    return names.get(type(value), type(value).__name__)


def _refuse_empty(name: str) -> NoReturn:
    raise RefusedError("missing_field", f"{name} is empty")
