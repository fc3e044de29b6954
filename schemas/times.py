"""Times on the wire and inside: ISO 8601 or numbers outside, integer microseconds UTC inside."""

import re
from datetime import UTC, date, datetime, timedelta
from math import isfinite

SECONDS_BELOW = 10**11
MILLISECONDS_BELOW = 10**14
MICROSECONDS_BELOW = 10**17
# 9999-12-31T23:59:59.999999Z, the last instant that ISO 8601 writes with four digits for the year.
MAX_TIME_US = 253_402_300_799_999_999

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r"(?:([Zz])|([+-])([0-9]{2})(?::?([0-9]{2}))?)",
)


def parse_time(value: object) -> int:
    """Return microseconds since 1970 UTC for a number or an ISO 8601 text with offset; ValueError says what is wrong.

    A number below 1e11 counts seconds, below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds.
    Anything finer than a microsecond is rounded to the nearest one, halves to even.
    """
    if isinstance(value, str):
        time_us = _parse_text(value)
    elif isinstance(value, bool) or not isinstance(value, int | float):
        # ValueError, not TypeError: pydantic turns it into a finding about the field.
        raise ValueError(f"a time is a number or an ISO 8601 text, not {type(value).__name__}")  # noqa: TRY004
    elif isinstance(value, int):
        time_us = _parse_whole(value)
    elif isfinite(value):
        time_us = _parse_fraction(value)
    else:
        raise ValueError(f"time {value} is not finite")
    if not 0 <= time_us <= MAX_TIME_US:
        raise ValueError(f"time {value} lies outside 1970 to 9999")
    return time_us


def format_time(time_us: int) -> str:
    """Return ISO 8601 UTC with microseconds and Z for microseconds since 1970."""
    instant = _EPOCH + timedelta(microseconds=time_us)
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _parse_whole(number: int) -> int:
    if number < SECONDS_BELOW:
        return number * 1_000_000
    if number < MILLISECONDS_BELOW:
        return number * 1000
    if number < MICROSECONDS_BELOW:
        return number
    return _nearest_microsecond(number)


def _parse_fraction(number: float) -> int:
    if number < SECONDS_BELOW:
        return round(number * 1e6)
    if number < MILLISECONDS_BELOW:
        return round(number * 1e3)
    if number < MICROSECONDS_BELOW:
        return round(number)
    return round(number / 1e3)


def _nearest_microsecond(time_ns: int) -> int:
    time_us, rest_ns = divmod(time_ns, 1000)
    return time_us + (rest_ns > 500 or (rest_ns == 500 and time_us % 2 == 1))


def _parse_text(text: str) -> int:
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError(f"time {text[:40]!r} is not ISO 8601 with an offset or Z")
    year, month, day, hour, minute, second, fraction, _, sign, offset_hour, offset_minute = match.groups()
    try:
        days = date(int(year), int(month), int(day)).toordinal() - _EPOCH_DAY
    except ValueError as error:
        raise ValueError(f"time {text!r} names no day of the calendar") from error
    hours, minutes, seconds = int(hour), int(minute), int(second or 0)
    offset_minutes = int(offset_hour or 0) * 60 + int(offset_minute or 0)
    if hours > 23 or minutes > 59 or seconds > 59 or offset_minutes >= 24 * 60 or int(offset_minute or 0) > 59:
        raise ValueError(f"time {text!r} names no instant of the day")
    if sign == "-":
        offset_minutes = -offset_minutes
    whole_s = days * 86_400 + hours * 3600 + (minutes - offset_minutes) * 60 + seconds
    return whole_s * 1_000_000 + _nearest_microsecond(int((fraction or "0").ljust(9, "0")))
