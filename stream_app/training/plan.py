"""What `stream-app train` was told."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Plan:
    """An algorithm to train for the sensors of a type; times in µs since 1970, `paths` instead of Kafka."""

    algorithm: str
    lane: str = "readings"
    sensor_type: str | None = None
    from_us: int | None = None
    to_us: int | None = None
    new_normal_from_us: int | None = None
    paths: tuple[Path, ...] = ()
    columns: str = ""
    tune: int = 0
    select: int | None = None
    seed: int = 1
