"""Decimal text to the nearest float64, bit for bit, inside kernels.

Source: D. Lemire, "Number parsing at a gigabyte per second", Software: Practice and Experience 51(8), 2021;
N. Mushtak, D. Lemire, "Fast number parsing without fallback", 2023 (up to 19 digits need no second look).
"""

import numpy as np
from numba import int64, uint64
from numpy.typing import NDArray

from schemas.compiled import Word, inlined
from schemas.machine_words import byte_at, float_of_bits, leading_zeros, multiply_high, trailing_zeros, word_at

MAX_EXPONENT = 100
MAX_DIGITS = 19
WHOLE = 1
NEGATIVE = 2

_MANTISSA_BITS = np.uint64(52)
_HIDDEN_BIT = np.uint64(1 << 52)
_LOW_BITS = np.uint64((1 << 64) - 1) >> np.uint64(55)
_ZERO, _ONE, _THREE = np.uint64(0), np.uint64(1), np.uint64(3)

_ZERO_DIGITS = np.uint64(0x3030303030303030)
_TO_HIGH_BIT = np.uint64(0x7676767676767676)
_HIGH_BITS = np.uint64(0x8080808080808080)
_EVEN_BYTES = np.uint64(0x00FF00FF00FF00FF)
_EVEN_HALVES = np.uint64(0x0000FFFF0000FFFF)
_PAIRS, _FOURS, _EIGHTS = np.uint64(10 * 256 + 1), np.uint64(100 * 65536 + 1), np.uint64(10_000 * 2**32 + 1)
_TENS = np.array([10**n for n in range(9)], np.uint64)


def _powers_of_five() -> NDArray[np.uint64]:
    """Return (201, 2) upper and lower words of 5^q scaled to 128 bits, q = -100..100, as section 5 of the paper."""
    words = np.empty((2 * MAX_EXPONENT + 1, 2), np.uint64)
    for q in range(-MAX_EXPONENT, MAX_EXPONENT + 1):
        power = 5 ** abs(q)
        bits = power.bit_length()
        if q < -27:
            scaled = (1 << (2 * bits + 128)) // power + 1
            scaled >>= scaled.bit_length() - 128
        elif q < 0:
            scaled = (1 << (bits + 127)) // power + 1
        else:
            scaled = power << (128 - bits) if bits <= 128 else power >> (bits - 128)
        words[q + MAX_EXPONENT] = scaled >> 64, scaled & ((1 << 64) - 1)
    return words


_POWERS = _powers_of_five()


@inlined
def nearest_float(mantissa: Word, exponent: int) -> float:
    """Return mantissa (uint64) * 10^exponent as the nearest float64, ties to even; |exponent| at most 100."""
    if mantissa == _ZERO:
        return 0.0
    if exponent == 0:
        return np.float64(mantissa)
    shift = uint64(leading_zeros(mantissa))
    shifted = mantissa << shift
    row = exponent + MAX_EXPONENT
    high = multiply_high(shifted, _POWERS[row, 0])
    low = shifted * _POWERS[row, 0]
    if high & _LOW_BITS == _LOW_BITS:
        more = multiply_high(shifted, _POWERS[row, 1])
        low += more
        if low < more:
            high += _ONE
    upper = high >> uint64(63)
    cut = upper + uint64(9)
    rounded = high >> cut
    # floor(exponent * log2(10)) by a multiplication that is exact in this range, then the bias of a double.
    power = ((217706 * exponent) >> 16) + 63 + int64(upper) - int64(shift) + 1023
    if low <= _ONE and -4 <= exponent <= 23 and rounded & _THREE == _ONE and rounded << cut == high:
        rounded &= ~_ONE
    rounded = (rounded + (rounded & _ONE)) >> _ONE
    if rounded >= _HIDDEN_BIT << _ONE:
        rounded = _HIDDEN_BIT
        power += 1
    return float_of_bits((rounded & ~_HIDDEN_BIT) | (uint64(power) << _MANTISSA_BITS))


@inlined
def _read_digits(address: int, at: int, end: int, number: Word) -> tuple[int, Word]:
    """Return (position behind the digits from `at` on, `number` with those digits appended), eight digits a step."""
    while at < end:
        digits = word_at(address, at) ^ _ZERO_DIGITS
        # The high bit of the lowest byte that is no digit; bytes above it may be marked falsely.
        marks = ((digits + _TO_HIGH_BIT) | digits) & _HIGH_BITS
        n = int64(8) if marks == _ZERO else trailing_zeros(marks) >> 3
        n = min(n, end - at)
        if n == 0:
            break
        # The first digit belongs highest: push the rest out, fill up with zeros in front, then add neighbours pairwise.
        digits <<= uint64(64 - 8 * n)
        digits = (digits * _PAIRS) >> uint64(8)
        digits = ((digits & _EVEN_BYTES) * _FOURS) >> uint64(16)
        digits = ((digits & _EVEN_HALVES) * _EIGHTS) >> uint64(32)
        number = number * _TENS[n] + digits
        at += n
        if n < 8:
            break
    return at, number


@inlined
def read_number(address: int, at: int, end: int) -> tuple[int, Word, int, int]:
    """Return (position behind the number, mantissa uint64, exponent of ten, WHOLE | NEGATIVE flags).

    The position is -1 for what is no JSON number, and for one that has more than 19 digits or a far exponent.
    """
    refused = (int64(-1), uint64(0), int64(0), 0)
    flags = WHOLE
    if byte_at(address, at) == 45:
        flags |= NEGATIVE
        at += 1
    start = at
    mantissa = uint64(0)
    at, mantissa = _read_digits(address, at, end, mantissa)
    digits = at - start
    if digits == 0 or (digits > 1 and byte_at(address, start) == 48):
        return refused
    exponent = 0
    if at < end and byte_at(address, at) == 46:
        flags &= ~WHOLE
        at += 1
        point = at
        at, mantissa = _read_digits(address, at, end, mantissa)
        exponent = point - at
        if exponent == 0:
            return refused
        digits -= exponent
        if digits > MAX_DIGITS and byte_at(address, start) == 48:
            # Zeros in front are no digits of the mantissa.
            zeros = point
            while zeros < at and byte_at(address, zeros) == 48:
                zeros += 1
            digits = at - zeros
    if digits > MAX_DIGITS:
        return refused
    if at < end and byte_at(address, at) | 32 == 101:
        flags &= ~WHOLE
        at, scale = _read_exponent(address, at + 1, end)
        if at < 0:
            return refused
        exponent += scale
    if exponent < -MAX_EXPONENT or exponent > MAX_EXPONENT:
        return refused
    return at, mantissa, exponent, flags


@inlined
def _read_exponent(address: int, at: int, end: int) -> tuple[int, int]:
    negative = False
    if at < end and (byte_at(address, at) == 45 or byte_at(address, at) == 43):
        negative = byte_at(address, at) == 45
        at += 1
    start = at
    scale = 0
    while at < end and at - start < 4:
        digit = byte_at(address, at) - 48
        if digit < 0 or digit > 9:
            break
        scale = scale * 10 + digit
        at += 1
    # Four digits or more are out of range anyway.
    if at == start or at - start >= 4:
        return -1, 0
    return at, -scale if negative else scale
