"""What a benchmark of quality is, and what it finds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Quality:
    """What one run found, all by one frozen configuration.

    `metrics` and `references` (always-alarm, never-alarm, a clock) hold the same names; `false_alarms` is a count;
    `details` are figures of this benchmark alone; `configuration` is everything that was tuned.
    """

    metrics: Mapping[str, float]
    references: Mapping[str, Mapping[str, float]]
    false_alarms: int
    files: int
    configuration: Mapping[str, Any]
    details: Mapping[str, Any] = field(default_factory=dict)


class QualityBenchmark(Protocol):
    """One collection with its protocol, run through the product's own path."""

    def __call__(self, data: Path) -> Quality:
        """Measure on `data`, a folder of the form of the shared data.

        Raises UnavailableError where the collection is absent, BadDataError where it is not what it must be.
        """
