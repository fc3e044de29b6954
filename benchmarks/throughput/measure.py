"""Watching a consumer until its rate is known."""

import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import psutil

from benchmarks.child import Child
from benchmarks.throughput.progress import parse_sample
from benchmarks.throughput.rate import Rate, Sample, steady_rate
from schemas.errors import UnavailableError

START_TIMEOUT_S = 90.0
STALLED_AFTER_S = 20.0
# First fetches and new names are behind a consumer that has run this long.
SETTLED_AFTER_S = 1.0
_SCRAPE_EVERY_S = 0.25
_SCRAPE_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Window:
    """What is measured: `seconds` of a backlog of `total` readings, of which the first `warm_up` do not count."""

    seconds: float
    total: int
    warm_up: int


def measure(samples: Iterable[Sample], window: Window, *, fast: bool) -> Rate:
    """Take samples until the window is over, the backlog is done, or nothing moves any more; return the rate.

    `fast` consumers are measured after `window.warm_up` readings, others from a second after their first reading.
    Raises UnavailableError where the consumer never starts, or ends before there is a rate.
    """
    taken: list[Sample] = []
    after: float | None = float(window.warm_up) if fast else None
    moved: Sample | None = None
    first: Sample | None = None
    rate: Rate | None = None
    for sample in samples:
        taken.append(sample)
        if moved is None or sample.readings > moved.readings:
            moved = sample
        if first is None and sample.readings:
            first = sample
        if first is not None and after is None and sample.at_s >= first.at_s + SETTLED_AFTER_S:
            after = sample.readings - 1
        if after is not None:
            rate = steady_rate(taken, after=after, total=window.total)
        patience_s = START_TIMEOUT_S if first is None else STALLED_AFTER_S
        waited_s = sample.at_s - moved.at_s
        if sample.readings >= window.total or waited_s > patience_s or (rate and rate.seconds >= window.seconds):
            break
    if rate is None:
        done = taken[-1].readings if taken else 0
        raise UnavailableError(
            f"a rate could not be measured: {done:,.0f} of {window.total:,} readings were done; "
            "ask for more seconds, or look at the end of the consumer's log"
        )
    return rate


def printed_samples(child: Child) -> Iterator[Sample]:
    """Yield the samples that a rival prints; raises UnavailableError where it ends by itself."""
    assert child.process.stdout is not None
    for line in child.process.stdout:
        sample = parse_sample(line)
        if sample is not None:
            yield sample
    raise UnavailableError(f"a rival ended by itself; its last words: {child.log_tail(5)}")


def scraped_samples(child: Child, url: str) -> Iterator[Sample]:
    """Yield what the worker at `url` counts on `/metrics`; raises UnavailableError where it ends by itself."""
    while child.running:
        time.sleep(_SCRAPE_EVERY_S)
        try:
            yield Sample(time.monotonic(), readings_total(_get(f"{url}/metrics")), child.cpu_s())
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            # The worker is not serving yet.
            yield Sample(time.monotonic(), 0.0, 0.0)
        except psutil.NoSuchProcess:
            break
    raise UnavailableError(f"the worker at {url} ended by itself; its last words: {child.log_tail(5)}")


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=_SCRAPE_TIMEOUT_S) as answer:  # noqa: S310 - our own worker on loopback
        return str(answer.read(), "utf-8")


def readings_total(metrics: str) -> float:
    """Return the sum over all lanes of `pdm_readings_total` in a Prometheus text."""
    lines = (line for line in metrics.splitlines() if line.startswith("pdm_readings_total"))
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def as_json(rate: Rate) -> dict[str, float]:
    """Return the three figures of a row."""
    return {
        "units_per_s": round(rate.per_s, 1),
        "cpu_us_per_unit": round(rate.cpu_us, 3),
        "cores_used": round(rate.cores, 3),
    }
