"""Times inside kernels: the same microseconds as schemas/times.py, for the common spellings."""
# ruff: noqa: PLR1714 (sets and generators do not compile to plain comparisons)

import numpy as np
from numba import int64

from schemas.compiled import Word, inlined
from schemas.decimal_kernel import WHOLE, nearest_float
from schemas.machine_words import byte_at
from schemas.times import MAX_TIME_US, MICROSECONDS_BELOW, MILLISECONDS_BELOW, SECONDS_BELOW

_MONTH_STARTS = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365], np.int64)


@inlined
def time_of_number(mantissa: Word, exponent: int, flags: int) -> int:
    """Return microseconds for a number that is not negative, or -1 where it is out of range."""
    if flags & WHOLE:
        whole: int = int64(mantissa)
        if whole < 0:
            return -1
        if whole < SECONDS_BELOW:
            return whole * 1_000_000
        if whole < MILLISECONDS_BELOW:
            return whole * 1000
        if whole < MICROSECONDS_BELOW:
            return whole
        return nearest_microsecond(whole)
    number = nearest_float(mantissa, exponent)
    if number < 1e11:
        number = np.rint(number * 1e6)
    elif number < 1e14:
        number = np.rint(number * 1e3)
    elif number < 1e17:
        number = np.rint(number)
    else:
        number = np.rint(number / 1e3)
    # Above 2^53 the double may lie above the limit although the limit is not one: the slow path judges those.
    if number >= np.float64(MAX_TIME_US):
        return -1
    time_us: int = int64(number)
    return time_us


@inlined
def nearest_microsecond(time_ns: int) -> int:
    """Return nanoseconds as the nearest microsecond, halves to even."""
    time_us = time_ns // 1000
    rest_ns = time_ns - time_us * 1000
    if rest_ns > 500 or (rest_ns == 500 and time_us & 1):
        time_us += 1
    return time_us


@inlined
def time_of_text(address: int, at: int, end: int) -> int:
    """Return microseconds for `YYYY-MM-DDTHH:MM:SS[.f…](Z|±HH:MM)`, or -1 for any other spelling or a bad time."""
    if end - at < 20:
        return -1
    marks = (byte_at(address, at + 4) ^ 45) | (byte_at(address, at + 7) ^ 45)
    marks |= (byte_at(address, at + 13) ^ 58) | (byte_at(address, at + 16) ^ 58)
    between = byte_at(address, at + 10)
    if marks != 0 or (between != 84 and between != 32):
        return -1
    year = _two_digits(address, at) * 100 + _two_digits(address, at + 2)
    month, day = _two_digits(address, at + 5), _two_digits(address, at + 8)
    hour, minute = _two_digits(address, at + 11), _two_digits(address, at + 14)
    second = _two_digits(address, at + 17)
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if year < 1970 or year > 9999 or month < 1 or month > 12 or day < 1 or hour > 23 or minute > 59 or second > 59:
        return -1
    month_days = _MONTH_STARTS[month] - _MONTH_STARTS[month - 1] + (leap and month == 2)
    if day > month_days:
        return -1
    at += 19
    fraction_ns = 0
    if byte_at(address, at) == 46:
        at += 1
        scale = 100_000_000
        while at < end:
            digit = byte_at(address, at) - 48
            if digit < 0 or digit > 9:
                break
            fraction_ns += digit * scale
            scale //= 10
            at += 1
            if scale == 0:
                break
        if scale == 100_000_000:
            return -1
    offset_s = _offset_s(address, at, end)
    if offset_s == -1:
        return -1
    years = year - 1
    days = year * 365 + years // 4 - years // 100 + years // 400 - 719_527
    days += _MONTH_STARTS[month - 1] + day - 1 + (leap and month > 2)
    time_s = days * 86_400 + hour * 3600 + minute * 60 + second - offset_s
    time_us = time_s * 1_000_000 + nearest_microsecond(fraction_ns)
    return time_us if time_us <= MAX_TIME_US else -1


@inlined
def _offset_s(address: int, at: int, end: int) -> int:
    """Return seconds east of UTC for `Z` or `±HH:MM` up to `end`, or -1."""
    if at + 1 == end and byte_at(address, at) == 90:
        return 0
    if at + 6 != end or byte_at(address, at + 3) != 58:
        return -1
    sign = byte_at(address, at)
    hours, minutes = _two_digits(address, at + 1), _two_digits(address, at + 4)
    if hours > 23 or minutes > 59 or (sign != 43 and sign != 45):
        return -1
    seconds = hours * 3600 + minutes * 60
    return seconds if sign == 43 else -seconds


@inlined
def _two_digits(address: int, at: int) -> int:
    """Return the number in two digits, or 1,000,000 where one of them is none."""
    tens, ones = byte_at(address, at) - 48, byte_at(address, at + 1) - 48
    if tens < 0 or tens > 9 or ones < 0 or ones > 9:
        return 1_000_000
    return tens * 10 + ones
