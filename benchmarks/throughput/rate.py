"""From samples of a process's progress to its steady rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile


@dataclass(frozen=True, slots=True)
class Sample:
    """Progress of a consumer at one moment: readings done and processor seconds spent since it started."""

    at_s: float
    readings: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Rate:
    """Steady rate over `seconds`, in which `readings` readings were done."""

    readings: float
    seconds: float
    cpu_s: float

    @property
    def per_s(self) -> float:
        """Readings per second of wall time."""
        return self.readings / self.seconds

    @property
    def cpu_us(self) -> float:
        """Microseconds of processor time per reading, all threads and child processes together."""
        return self.cpu_s / self.readings * 1e6

    @property
    def cores(self) -> float:
        """Processor seconds per second: 1.0 is one core kept busy."""
        return self.cpu_s / self.seconds


def steady_rate(samples: Sequence[Sample], *, after: float, total: float) -> Rate | None:
    """Return the rate between the first sample with more than `after` readings and the last one below `total`.

    Start-up before and idling behind the backlog are thus left out; None where fewer than two samples remain apart.
    """
    running = [sample for sample in takewhile(lambda s: s.readings < total, samples) if sample.readings > after]
    if len(running) < 2 or running[-1].readings <= running[0].readings:
        return None
    first, last = running[0], running[-1]
    return Rate(last.readings - first.readings, last.at_s - first.at_s, last.cpu_s - first.cpu_s)
