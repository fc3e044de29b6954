"""JSON text inside kernels: where a string ends, whether it is valid, and a hash of its bytes."""
# ruff: noqa: PLR1714 (sets and generators do not compile to plain comparisons)

import numpy as np
from numba import uint64

from schemas.compiled import Word, inlined
from schemas.machine_words import byte_at, multiply_high, trailing_zeros, word_at

_LOW = np.uint64(0x0101010101010101)
_HIGH = np.uint64(0x8080808080808080)
_QUOTES = np.uint64(0x2222222222222222)
_BACKSLASHES = np.uint64(0x5C5C5C5C5C5C5C5C)
_SPACES = np.uint64(0x2020202020202020)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_ONE, _THREE = np.uint64(1), np.uint64(3)


@inlined
def string_end(address: int, at: int, end: int) -> int:
    """Return the position of the quote that closes the string begun at `at`, or -1.

    -1 stands for no quote before `end`, control characters, bad escapes, surrogate escapes and bytes that are no UTF-8.
    """
    while at < end:
        word = word_at(address, at)
        # Lowest mark: a quote, a backslash, a control character or a byte beyond ASCII; higher marks may be false.
        quotes = word ^ _QUOTES
        backslashes = word ^ _BACKSLASHES
        marks = ((quotes - _LOW) & ~quotes) | ((backslashes - _LOW) & ~backslashes) | ((word - _SPACES) & ~word) | word
        marks &= _HIGH
        if marks == uint64(0):
            at += 8
            continue
        at += trailing_zeros(marks) >> 3
        if at >= end:
            return -1
        byte = byte_at(address, at)
        if byte == 34:
            return at
        if byte == 92:
            step = _escape_length(address, at, end)
        elif byte >= 128:
            step = character_length(address, at, end)
        else:
            return -1
        if step == 0:
            return -1
        at += step
    return -1


@inlined
def character_length(address: int, at: int, end: int) -> int:
    """Return the bytes (1 to 4) of the UTF-8 character at `at`, 0 where it is none."""
    first = byte_at(address, at)
    if first < 128:
        return 1
    if first < 0xC2 or first > 0xF4:
        return 0
    length = 2 if first < 0xE0 else (3 if first < 0xF0 else 4)
    if at + length > end:
        return 0
    second = byte_at(address, at + 1)
    lowest, highest = 0x80, 0xBF
    if first == 0xE0:
        lowest = 0xA0
    elif first == 0xED:
        highest = 0x9F
    elif first == 0xF0:
        lowest = 0x90
    elif first == 0xF4:
        highest = 0x8F
    if second < lowest or second > highest:
        return 0
    for i in range(at + 2, at + length):
        if byte_at(address, i) & 0xC0 != 0x80:
            return 0
    return length


@inlined
def is_utf8(address: int, at: int, end: int) -> bool:
    """Return whether the bytes from `at` to `end` are UTF-8."""
    while at < end:
        if at + 8 <= end and word_at(address, at) & _HIGH == uint64(0):
            at += 8
            continue
        step = character_length(address, at, end)
        if step == 0:
            return False
        at += step
    return True


@inlined
def _escape_length(address: int, at: int, end: int) -> int:
    """Return the bytes of the escape at `at`, 0 where it is none or half a surrogate pair (left to the slow path)."""
    if at + 1 >= end:
        return 0
    kind = byte_at(address, at + 1)
    if kind != 117:
        # " \ / b f n r t
        if (
            kind == 34
            or kind == 92
            or kind == 47
            or kind == 98
            or kind == 102
            or kind == 110
            or kind == 114
            or kind == 116
        ):
            return 2
        return 0
    if at + 6 > end:
        return 0
    code = 0
    for i in range(at + 2, at + 6):
        digit = byte_at(address, i)
        if 48 <= digit <= 57:
            digit -= 48
        else:
            digit = (digit | 32) - 87
            if digit < 10 or digit > 15:
                return 0
        code = code * 16 + digit
    return 0 if 0xD800 <= code <= 0xDFFF else 6


@inlined
def mix(state: Word, word: Word) -> Word:
    """Return a uint64 that depends on every bit of two uint64: both halves of a 128-bit product, folded."""
    mixed = (state ^ word) * _FACTOR
    return mixed ^ multiply_high(state ^ word, _FACTOR) ^ state


@inlined
def text_hash(address: int, at: int, length: int, seed: Word) -> Word:
    """Return a uint64 hash of `length` bytes."""
    state = seed ^ uint64(length)
    stop = at + length
    while at + 8 <= stop:
        state = mix(state, word_at(address, at))
        at += 8
    if at < stop:
        state = mix(state, word_at(address, at) & ((_ONE << uint64(8 * (stop - at))) - _ONE))
    return mix(state, _THREE)


@inlined
def same_text(address: int, at: int, other: int, other_at: int, length: int) -> bool:
    """Return whether `length` bytes at two places are equal."""
    stop = at + length
    while at + 8 <= stop:
        if word_at(address, at) != word_at(other, other_at):
            return False
        at += 8
        other_at += 8
    while at < stop:
        if byte_at(address, at) != byte_at(other, other_at):
            return False
        at += 1
        other_at += 1
    return True
