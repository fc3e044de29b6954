"""What can be tuned about the models; the defaults are what users get."""

from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from schemas.errors import SettingsError

PROFILES: dict[str, dict[str, Any]] = {
    "full": {"novelty_memory": 256, "seasonal": True, "change_points": True},
    "light": {"novelty_memory": 11, "seasonal": False, "change_points": False},
}
"""What of a series is kept: at most 24 KB with everything, or at most 4 KB for very many sensors."""

TUNING_RECORD = np.dtype(
    [
        ("grace_us", "<i8"),
        ("learn_readings", "<i8"),
        ("block_readings", "<i8"),
        ("novelty_memory", "<i8"),
        ("novelty_threshold", "<f8"),
        ("novelty_growth", "<f8"),
        ("raise_z", "<f8"),
        ("clear_z", "<f8"),
        ("hold_readings", "<i8"),
        ("clear_hold_readings", "<i8"),
        ("longest_episode", "<i8"),
        ("range_margin", "<f8"),
        ("stuck_after_us", "<i8"),
        ("good_readings", "<i8"),
    ]
)
"""The same as one record, in the form the kernels read."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Constants of ordering, detectors and decision; counts are readings of one series.

    `novelty_growth` is what the novelty threshold rises by for each decade of readings beyond 15 learning stretches;
    `novelty_memory` is how many vectors each view remembers, `seasonal` and `change_points` whether these two run;
    `raise_z` and `clear_z` are in units of the largest healthy deviation (1 = mean + 2.5 sd of its maxima);
    `longest_episode_stretches` is the age, in learning stretches, at which an episode ends and its level is normal;
    `range_margin` is the share of the range seen in one learning stretch by which a reading must lie outside of it; it
    shrinks with the square root of the readings learned.
    `stuck_after_s` is how long equal readings must last before a sensor can be stuck, and `good_readings` how many in a
    row make an unhealthy sensor healthy again.
    Raises SettingsError on a value that cannot work.
    """

    grace_s: float = 0.0
    learn_readings: int = 750
    novelty_memory: int = 256
    seasonal: bool = True
    change_points: bool = True
    novelty_threshold: float = 0.32
    novelty_growth: float = 2.4
    raise_z: float = 1.45
    clear_z: float = 1.0
    hold_readings: int = 5
    clear_hold_readings: int = 10
    longest_episode_stretches: float = 20.0
    range_margin: float = 1.7
    stuck_after_s: float = 5.0
    good_readings: int = 10

    def __post_init__(self) -> None:
        limits: dict[str, tuple[float, float]] = {
            "grace_s": (0.0, 86_400.0),
            "learn_readings": (60, 1_000_000),
            "novelty_memory": (8, 256),
            "novelty_threshold": (0.001, 1_000.0),
            "novelty_growth": (0.0, 1_000.0),
            "raise_z": (0.1, 1_000.0),
            "clear_z": (0.01, self.raise_z),
            "hold_readings": (1, 10_000),
            "clear_hold_readings": (1, 10_000),
            "longest_episode_stretches": (0.1, 1_000_000.0),
            "range_margin": (0.0, 100.0),
            "stuck_after_s": (0.0, 86_400.0),
            "good_readings": (1, 250),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not (isfinite(value) and low <= value <= high):
                raise SettingsError(f"{name} is {value!r}; choose a number from {low:g} to {high:g}.")

    @classmethod
    def of_profile(
        cls,
        profile: str = "full",
        *,
        grace_s: float = 0.0,
        learn_readings: int = 750,
        novelty_threshold: float = 0.32,
        raise_z: float = 1.45,
        clear_z: float = 1.0,
        hold_readings: int = 5,
        stuck_after_s: float = 5.0,
        good_readings: int = 10,
    ) -> "Tuning":
        """Return the tuning of a named profile (a key of `PROFILES`); raises SettingsError on another name."""
        if profile not in PROFILES:
            raise SettingsError(f"Profile {profile!r} is unknown; choose one of {', '.join(PROFILES)}.")
        return cls(
            grace_s=grace_s,
            learn_readings=learn_readings,
            **PROFILES[profile],
            novelty_threshold=novelty_threshold,
            raise_z=raise_z,
            clear_z=clear_z,
            hold_readings=hold_readings,
            stuck_after_s=stuck_after_s,
            good_readings=good_readings,
        )

    def record(self) -> np.ndarray:
        """Return the constants as an array of one `TUNING_RECORD`."""
        block_readings = max(1, self.learn_readings // NOVELTY_BLOCKS)
        values = (
            round(self.grace_s * 1e6),
            self.learn_readings,
            block_readings,
            self.novelty_memory,
            self.novelty_threshold,
            self.novelty_growth,
            self.raise_z,
            self.clear_z,
            self.hold_readings,
            self.clear_hold_readings,
            round(self.longest_episode_stretches * self.learn_readings),
            self.range_margin,
            round(self.stuck_after_s * 1e6),
            self.good_readings,
        )
        return np.array([values], TUNING_RECORD)


NOVELTY_BLOCKS = 80
"""Blocks in the learning stretch; their length matters most for quality, and shorter ones raise more falsely."""
