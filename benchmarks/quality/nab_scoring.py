"""The scoring rules of the Numenta Anomaly Benchmark.

A detection inside a window counts by how early it is, the first one alone; one outside counts against, less so shortly
after a window. A profile weighs the three; 0 is a detector that says nothing, 100 one that is right at once each time.
Source: Lavin, A. and Ahmad, S. (2015), Evaluating Real-time Anomaly Detection Algorithms, arXiv:1510.03336; and
numenta/NAB, nab/sweeper.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp

PROBATION_SHARE = 0.15
PROBATION_MOST_ROWS = 5000
FAR_BEHIND = 3.0
"""Window widths after which a false alarm counts in full."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a hit, a missed window and a false alarm weigh."""

    hit: float
    miss: float
    false_alarm: float


@dataclass(frozen=True, slots=True)
class Labelled:
    """A file of `rows` rows: its windows (first row, last row), ascending, and the rows where an alarm was raised."""

    rows: int
    windows: Sequence[tuple[int, int]]
    detections: Sequence[int]


@dataclass(frozen=True, slots=True)
class Counts:
    """Windows hit, of those that reach beyond probation; alarms outside of windows."""

    hits: int
    windows: int
    false_alarms: int


def probation(rows: int) -> int:
    """Return how many rows at the start of a file are not scored."""
    return min(int(PROBATION_SHARE * rows), int(PROBATION_SHARE * PROBATION_MOST_ROWS))


def sigmoid(position: float) -> float:
    """Return the worth of an alarm at `position`: -1 the start of a window, 0 its end, 1 a width behind it."""
    return -1.0 if position > FAR_BEHIND else 2.0 / (1.0 + exp(5.0 * position)) - 1.0


def worth(row: int, windows: Sequence[tuple[int, int]]) -> tuple[int | None, float]:
    """Return the window that holds a row, or None, and the unweighted worth of an alarm there."""
    behind: tuple[int, int] | None = None
    for k, (first, last) in enumerate(windows):
        if first <= row <= last:
            return k, sigmoid(-(last - row + 1) / (last - first + 1)) / sigmoid(-1.0)
        if last < row:
            behind = (first, last)
    if behind is None or behind[0] == behind[1]:
        return None, -1.0
    return None, sigmoid((row - behind[1]) / (behind[1] - behind[0]))


def score(files: Iterable[Labelled], profile: Profile) -> float:
    """Return the normalised score of a corpus; raises ValueError where it has no window."""
    raw = silent = perfect = 0.0
    for file in files:
        hits, against = _of_file(file)
        open_windows = _scored(file)
        raw += sum(profile.hit * hits[k] if k in hits else -profile.miss for k in open_windows)
        raw += profile.false_alarm * against
        silent -= profile.miss * len(open_windows)
        perfect += profile.hit * len(file.windows)
    if perfect == 0.0:
        raise ValueError("the corpus has no window")
    return 100.0 * (raw - silent) / (perfect - silent)


def counts(files: Iterable[Labelled]) -> Counts:
    """Return the windows hit and the false alarms of a corpus."""
    hits = windows = false_alarms = 0
    for file in files:
        begin = probation(file.rows)
        hits += len(_of_file(file)[0])
        windows += len(_scored(file))
        false_alarms += sum(row >= begin and worth(row, file.windows)[0] is None for row in file.detections)
    return Counts(hits, windows, false_alarms)


def _scored(file: Labelled) -> list[int]:
    """Return the windows that reach beyond probation."""
    return [k for k, (_, last) in enumerate(file.windows) if last >= probation(file.rows)]


def _of_file(file: Labelled) -> tuple[dict[int, float], float]:
    """Return the best worth in each window hit, and the sum of the worth of alarms outside."""
    hits: dict[int, float] = {}
    against = 0.0
    for row in file.detections:
        if row < probation(file.rows):
            continue
        window, value = worth(row, file.windows)
        if window is None:
            against += value
        else:
            hits[window] = max(hits.get(window, -1.0), value)
    return hits, against
