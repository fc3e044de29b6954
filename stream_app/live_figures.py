"""Rates and latency of all workers together, from one scrape to the next."""

from collections import Counter, deque
from dataclasses import dataclass
from math import inf

from stream_app.worker_scrape import Sample, total

_WINDOW = 10
_LANE = "readings"


@dataclass(frozen=True, slots=True)
class Figures:
    """Latencies are from the record's timestamp to its decision, over the last ten scrapes; None where nothing came."""

    sensors: int
    readings_per_s: float
    p95_ms: float | None
    workers: int
    p50_ms: float | None = None
    p99_ms: float | None = None
    readings: int = 0


class LiveFigures:
    """Turns successive scrapes, one list of samples a worker, into figures."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[float, float]] = {}
        self._buckets: dict[str, Counter[float]] = {}
        self._recent: deque[Counter[float]] = deque(maxlen=_WINDOW)

    def advance(self, now_s: float, scrapes: dict[str, list[Sample]]) -> Figures:
        """Take the scrapes of `{worker: samples}` at `now_s` and return the figures since the last ones."""
        rate, sensors, readings, fresh = 0.0, 0.0, 0.0, Counter[float]()
        for worker, samples in scrapes.items():
            sensors += total(samples, "pdm_sensors", lane=_LANE)
            of_worker = total(samples, "pdm_readings_total", lane=_LANE)
            readings += of_worker
            rate += self._rate(worker, now_s, of_worker)
            buckets = _buckets(samples)
            # A worker that was restarted counts from nought again: its difference would be negative.
            fresh += buckets - self._buckets.get(worker, Counter())
            self._buckets[worker] = buckets
        self._recent.append(fresh)
        recent = sum(self._recent, Counter())
        p50_ms, p95_ms, p99_ms = (_ms(quantile(recent, q)) for q in (0.5, 0.95, 0.99))
        return Figures(round(sensors), rate, p95_ms, len(scrapes), p50_ms, p99_ms, round(readings))

    def _rate(self, worker: str, now_s: float, readings: float) -> float:
        then_s, before = self._before.get(worker, (now_s, readings))
        self._before[worker] = (now_s, readings)
        return max(0.0, readings - before) / (now_s - then_s) if now_s > then_s else 0.0


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1e3


def _buckets(samples: list[Sample]) -> Counter[float]:
    """Return how many observations lie at or below each bound (cumulative), of the readings lane."""
    return Counter(
        {
            float(s.labels["le"]): int(s.value)
            for s in samples
            if s.name == "pdm_reading_latency_seconds_bucket" and s.labels.get("lane") == _LANE
        }
    )


def quantile(cumulative: Counter[float], q: float) -> float | None:
    """Return the q-quantile of a cumulative histogram, linear within a bucket; None where it is empty.

    Source: Prometheus, `histogram_quantile`.
    """
    n = cumulative.get(inf, 0)
    if n == 0:
        return None
    rank, low, below = q * n, 0.0, 0
    for bound, count in sorted(cumulative.items()):
        if count >= rank:
            return low if bound == inf else low + (bound - low) * (rank - below) / max(count - below, 1)
        low, below = bound, count
    return low
