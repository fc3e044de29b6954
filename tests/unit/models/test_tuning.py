"""Tuning that cannot work is refused with the name, the value and the limits."""

import pytest

from models.tuning import PROFILES, Tuning
from schemas.errors import SettingsError


@pytest.mark.parametrize(
    ("name", "value"),
    [("learn_readings", 10), ("grace_s", -1.0), ("grace_s", float("nan")), ("novelty_memory", 257), ("raise_z", 0.0)],
)
def test_a_value_out_of_its_limits_is_named(name: str, value: float) -> None:
    with pytest.raises(SettingsError, match=f"{name} is {value!r}; choose a number from"):
        Tuning(**{name: value})  # type: ignore[arg-type]


def test_the_clear_threshold_lies_below_the_raise_threshold() -> None:
    with pytest.raises(SettingsError, match=r"clear_z is 3\.0; choose a number from 0\.01 to 1\.45"):
        Tuning(clear_z=3.0)


def test_profiles_differ_in_memory() -> None:
    assert {name: Tuning.of_profile(name).novelty_memory for name in PROFILES} == {"full": 256, "light": 11}
    with pytest.raises(SettingsError, match="'tiny' is unknown; choose one of full, light"):
        Tuning.of_profile("tiny")
