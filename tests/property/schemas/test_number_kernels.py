"""Numbers and times in kernels equal Python's own, bit for bit."""

from datetime import UTC, datetime, timedelta, timezone
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.compiled import compiled
from schemas.decimal_kernel import NEGATIVE, nearest_float, read_number
from schemas.machine_words import PADDING_BYTES
from schemas.time_kernel import time_of_text
from schemas.times import format_time, parse_time


@compiled
def _float_at(address: int, end: int) -> tuple[int, float]:
    at, mantissa, exponent, flags = read_number(address, 0, end)
    if at < 0:
        return at, 0.0
    number = nearest_float(mantissa, exponent)
    return at, -number if flags & NEGATIVE else number


@compiled
def _time_at(address: int, end: int) -> int:
    return time_of_text(address, 0, end)


def _padded(text: str) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(text.encode() + bytes(PADDING_BYTES), np.uint8)


def _parsed(text: str) -> float | None:
    padded = _padded(text)
    at, number = _float_at(padded.ctypes.data, len(text))
    if at < 0:
        return None
    assert at == len(text)
    return number


def _decimals(random: Random, n: int) -> list[str]:
    texts = []
    for _ in range(n):
        digits = str(random.randrange(1, 10)) + "".join(random.choices("0123456789", k=random.randrange(0, 19)))
        point = random.randrange(0, len(digits) + 1)
        whole, fraction = digits[:point] or "0", digits[point:]
        exponent = f"e{random.randrange(-70, 70)}" if random.random() < 0.5 else ""
        texts.append(f"{random.choice(['', '-'])}{whole}{'.' if fraction else ''}{fraction}{exponent}")
    return texts


def test_decimals_are_rounded_as_python_rounds_them() -> None:
    answered = 0
    for text in _decimals(Random(7), 20_000):
        number = _parsed(text)
        if number is not None:
            answered += 1
            assert number == float(text), text
    assert answered > 17_000


def test_ties_between_two_doubles_go_to_the_even_one() -> None:
    random = Random(8)
    for _ in range(5000):
        tie = ((1 << 53) + random.getrandbits(52)) * 2 + 1
        for text in (str(tie), f"{tie}.0", str(tie - 1), str(tie + 1), f"{tie}e3"):
            number = _parsed(text)
            assert number is None or number == float(text), text


@settings(max_examples=300, deadline=None)
@given(st.floats(1e-60, 1e60))
def test_what_python_writes_is_read_back(number: float) -> None:
    assert _parsed(repr(number)) == number


@settings(max_examples=300, deadline=None)
@given(
    st.datetimes(datetime(1971, 1, 1), datetime(9998, 12, 30)),
    st.integers(-1439, 1439),
    st.sampled_from(["microseconds", "milliseconds", "seconds"]),
)
def test_iso_texts_are_the_same_instant_in_kernel_and_python(at: datetime, offset_minutes: int, timespec: str) -> None:
    moment = at.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    text = moment.isoformat(timespec=timespec)
    shown = datetime.fromisoformat(text)
    expected = (shown - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert parse_time(text) == expected
    assert _time_at(_padded(text).ctypes.data, len(text)) == expected
    assert parse_time(format_time(expected)) == expected


@settings(max_examples=300, deadline=None)
@given(
    st.from_regex(
        r"(19[67]|20[0-9])[0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,11})?Z", fullmatch=True
    )
)
def test_kernel_times_that_are_answered_equal_python(text: str) -> None:
    in_kernel = _time_at(_padded(text).ctypes.data, len(text))
    if in_kernel >= 0:
        assert in_kernel == parse_time(text)
