"""What `stream-app train` was told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

AUTO = "auto"
"""Stands for the best of all algorithms."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An algorithm to train for the sensors of a type; times in µs since 1970, `paths` instead of Kafka.

    `offsets` are the first and last of each partition of the features topic that is wanted, −1: to its end.
    """

    algorithm: str
    lane: str = "readings"
    sensor_type: str | None = None
    from_us: int | None = None
    to_us: int | None = None
    offsets: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    new_normal_from_us: int | None = None
    paths: tuple[Path, ...] = ()
    columns: str = ""
    tune: int = 0
    select: int | None = None
    trials: int | None = None
    budget_s: float | None = None
    seed: int = 1
