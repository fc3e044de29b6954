"""One JSON object read as a reading inside kernels; whatever is unusual is left to schemas/reading_message.py."""
# ruff: noqa: PLR1714, SIM109 (sets and generators do not compile to plain comparisons)

import numpy as np
from numba import int64

from schemas.compiled import inlined, inner
from schemas.decimal_kernel import NEGATIVE, WHOLE, nearest_float, read_number
from schemas.json_skip_kernel import skip_rare, skip_space
from schemas.machine_words import byte_at, word_at
from schemas.message_fields import MAX_TEXT_CHARS
from schemas.text_kernel import string_end
from schemas.time_kernel import time_of_number, time_of_text

_SENSOR, _ASSET, _TYPE, _UNIT, _TS, _VALUE, _SEQ, _QUALITY, _OTHER = range(9)
_REQUIRED = 1 << _SENSOR | 1 << _TS | 1 << _VALUE
# Bytes, where the public limit counts characters: longer texts beyond ASCII are left to the slow path.
_MAX_TEXT_BYTES = MAX_TEXT_CHARS


def _word(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, "little"))


def _mask(n_bytes: int) -> np.uint64:
    return np.uint64((1 << (8 * n_bytes)) - 1)


_SENSOR_I, _D, _ASSET_ID, _SENSOR_T = _word(b"sensor_i"), _word(b'd"'), _word(b"asset_id"), _word(b"sensor_t")
_YPE, _UNIT_, _TS_, _VALUE_ = _word(b'ype"'), _word(b'unit"'), _word(b'ts"'), _word(b'value"')
_SEQ_, _QUALITY_, _NULL, _TRUE, _ALSE = (
    _word(b'seq"'),
    _word(b'quality"'),
    _word(b"null"),
    _word(b"true"),
    _word(b"alse"),
)
_GOOD, _UNCERTAI, _BAD = _word(b"good"), _word(b"uncertai"), _word(b"bad")
_QUOTE, _ONE_BYTE = _word(b'"'), _mask(1)
_TWO, _THREE, _FOUR, _FIVE, _SIX = _mask(2), _mask(3), _mask(4), _mask(5), _mask(6)


@inlined
def _field_at(address: int, at: int) -> tuple[int, int]:
    """Return (number of the field whose name begins at `at`, bytes up to its value's colon); (_OTHER, 0) for others."""
    word = word_at(address, at)
    if word & _THREE == _TS_:
        return _TS, 3
    if word & _SIX == _VALUE_:
        return _VALUE, 6
    if word == _SENSOR_I and word_at(address, at + 8) & _TWO == _D:
        return _SENSOR, 10
    if word & _FOUR == _SEQ_:
        return _SEQ, 4
    if word & _FIVE == _UNIT_:
        return _UNIT, 5
    if word == _ASSET_ID and word_at(address, at + 8) & _ONE_BYTE == _QUOTE:
        return _ASSET, 9
    if word == _QUALITY_:
        return _QUALITY, 8
    if word == _SENSOR_T and word_at(address, at + 8) & _FOUR == _YPE:
        return _TYPE, 12
    return _OTHER, 0


@inlined
def _quality_of(address: int, at: int, length: int) -> int:
    word = word_at(address, at)
    if length == 4 and word & _FOUR == _GOOD:
        return 0
    if length == 9 and word == _UNCERTAI and byte_at(address, at + 8) == 110:
        return 1
    if length == 3 and word & _THREE == _BAD:
        return 2
    return -1


@inner
def _unknown_name_end(address: int, at: int, end: int) -> int:
    """Return the position behind the closing quote; -1 also with an escape inside, which may spell a known field."""
    name_end = string_end(address, at, end)
    for i in range(at, name_end):
        if byte_at(address, i) == 92:
            return -1
    return name_end + 1 if name_end >= 0 else -1


@inlined
def read_object(
    address: int, at: int, end: int
) -> tuple[int, int, int, int, int, int, int, int, int, int, int, int, int, float]:
    """Return the reading in the object whose brace stands at `at` - 1; position -1 leaves it to the slow path.

    The tuple: position behind the object; start and length of sensor, asset, type and unit (length -1 where absent);
    time in microseconds; seq (-1 none); quality; unknown fields; value (NaN where missing).
    """
    sensor_at = asset_at = type_at = unit_at = 0
    sensor_length = asset_length = type_length = unit_length = -1
    ts_us = quality = unknown_fields = 0
    seq = -1
    value = np.nan
    seen = 0
    good = False
    while True:
        at = skip_space(address, at, end)
        if at >= end or byte_at(address, at) != 34:
            break
        at += 1
        field, length = _field_at(address, at)
        if field == _OTHER:
            at = _unknown_name_end(address, at, end)
            if at < 0:
                break
            unknown_fields += 1
        else:
            at += length
            if seen & (1 << field):
                break
            seen |= 1 << field
        at = skip_space(address, at, end)
        if at >= end or byte_at(address, at) != 58:
            break
        at = skip_space(address, at + 1, end)
        if at >= end:
            break
        first = byte_at(address, at)
        if first == 34:
            start = at + 1
            stop = string_end(address, start, end)
            length = stop - start
            if stop < 0 or (length > _MAX_TEXT_BYTES and field != _OTHER):
                break
            at = stop + 1
            if field == _SENSOR:
                sensor_at, sensor_length = start, length
                if length == 0:
                    break
            elif field == _TS:
                ts_us = time_of_text(address, start, stop)
                if ts_us < 0:
                    break
            elif field == _ASSET:
                asset_at, asset_length = start, length
            elif field == _UNIT:
                unit_at, unit_length = start, length
            elif field == _TYPE:
                type_at, type_length = start, length
            elif field == _QUALITY:
                quality = _quality_of(address, start, length)
                if quality < 0:
                    break
            elif field != _OTHER:
                break
        elif first == 45 or 48 <= first <= 57:
            at, mantissa, exponent, flags = read_number(address, at, end)
            if at < 0:
                break
            if field == _VALUE:
                value = nearest_float(mantissa, exponent)
                # A whole -0 is 0, a fraction -0.0 keeps its sign.
                if flags & NEGATIVE and (value != 0.0 or not flags & WHOLE):
                    value = -value
            elif field == _TS:
                ts_us = time_of_number(mantissa, exponent, flags)
                if ts_us < 0 or flags & NEGATIVE:
                    break
            elif field == _SEQ:
                seq = int64(mantissa)
                if flags != WHOLE or seq < 0:
                    break
            elif field != _OTHER:
                break
        elif first == 110:
            if word_at(address, at) & _FOUR != _NULL or field == _SENSOR or field == _TS:
                break
            at += 4
        elif field != _OTHER:
            break
        else:
            at = skip_rare(address, at, end)
            if at < 0:
                break
        at = skip_space(address, at, end)
        if at >= end:
            break
        separator = byte_at(address, at)
        at += 1
        if separator != 44:
            good = separator == 125 and seen & _REQUIRED == _REQUIRED
            break
    if quality == 2:
        value = np.nan
    if not good:
        at = -1
    return (
        at,
        sensor_at,
        sensor_length,
        asset_at,
        asset_length,
        type_at,
        type_length,
        unit_at,
        unit_length,
        ts_us,
        seq,
        quality,
        unknown_fields,
        value,
    )
