"""Stepping over JSON that nobody asked for, inside kernels, strictly."""
# ruff: noqa: PLR1714 (sets and generators do not compile to plain comparisons)

from schemas.compiled import inlined, inner
from schemas.decimal_kernel import read_number
from schemas.machine_words import byte_at
from schemas.text_kernel import string_end

_MAX_DEPTH = 60


@inlined
def skip_space(address: int, at: int, end: int) -> int:
    """Return the position of the first byte from `at` on that is no JSON whitespace, or `end`."""
    while at < end:
        byte = byte_at(address, at)
        if byte > 32 or (byte != 32 and byte != 10 and byte != 13 and byte != 9):
            return at
        at += 1
    return at


@inner
def skip_rare(address: int, at: int, end: int) -> int:
    """Return the position behind the array, object, true or false at `at`, or -1."""
    first = byte_at(address, at)
    if first == 91 or first == 123:
        return skip_nested(address, at, end)
    return _skip_scalar(address, at, end)


@inner
def skip_nested(address: int, at: int, end: int) -> int:
    """Return the position behind the array or object at `at`, or -1 where it is not valid, or unusual."""
    # One bit a level: 1 for an object.
    levels = 0
    depth = 0
    while True:
        at = skip_space(address, at, end)
        if at >= end:
            return -1
        byte = byte_at(address, at)
        opened = byte == 123 or byte == 91
        if opened:
            if depth == _MAX_DEPTH:
                return -1
            levels = levels << 1 | (byte == 123)
            depth += 1
            at = skip_space(address, at + 1, end)
            if at >= end:
                return -1
            closing = 125 if byte == 123 else 93
            if byte_at(address, at) != closing:
                if byte == 123:
                    at = _skip_name(address, at, end)
                    if at < 0:
                        return -1
                continue
        else:
            at = _skip_scalar(address, at, end)
            if at < 0:
                return -1
        # A value or an opening bracket lies behind us: close brackets, then a comma leads to the next value.
        while True:
            at = skip_space(address, at, end)
            if at >= end:
                return -1
            byte = byte_at(address, at)
            at += 1
            if byte == 44:
                if levels & 1:
                    at = _skip_name(address, skip_space(address, at, end), end)
                    if at < 0:
                        return -1
                break
            if byte != (125 if levels & 1 else 93):
                return -1
            levels >>= 1
            depth -= 1
            if depth == 0:
                return at


@inner
def _skip_name(address: int, at: int, end: int) -> int:
    """Return the position behind the colon of the name at `at`, or -1."""
    if at >= end or byte_at(address, at) != 34:
        return -1
    at = string_end(address, at + 1, end)
    if at < 0:
        return -1
    at = skip_space(address, at + 1, end)
    if at >= end or byte_at(address, at) != 58:
        return -1
    return at + 1


@inner
def _skip_scalar(address: int, at: int, end: int) -> int:
    byte = byte_at(address, at)
    if byte == 34:
        at = string_end(address, at + 1, end)
        return at + 1 if at >= 0 else -1
    if byte == 45 or 48 <= byte <= 57:
        return read_number(address, at, end)[0]
    if byte == 116 and at + 4 <= end:
        return at + 4 if _is(address, at, 114, 117, 101) else -1
    if byte == 110 and at + 4 <= end:
        return at + 4 if _is(address, at, 117, 108, 108) else -1
    if byte == 102 and at + 5 <= end and byte_at(address, at + 4) == 101:
        return at + 5 if _is(address, at, 97, 108, 115) else -1
    return -1


@inner
def _is(address: int, at: int, second: int, third: int, fourth: int) -> bool:
    same = byte_at(address, at + 1) == second and byte_at(address, at + 2) == third
    return same and byte_at(address, at + 3) == fourth
