"""What a worker says of itself over HTTP: whether it is ready, and its metrics."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_TIMEOUT_S = 1.0

# Workers are on this machine or in the same network: never through a proxy.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a worker answers, whether it is ready, and the partitions it holds by topic."""

    alive: bool
    ready: bool = False
    partitions: dict[str, list[int]] = field(default_factory=dict)


def readiness(url: str) -> Readiness:
    """Ask a worker's `/readyz`; one that does not answer is not alive."""
    try:
        with _OPENER.open(f"{url}/readyz", timeout=_TIMEOUT_S) as answer:
            content: dict[str, Any] = json.load(answer)
            return Readiness(True, True, content.get("partitions", {}))
    except urllib.error.HTTPError:
        return Readiness(True)
    except (OSError, ValueError):
        return Readiness(False)


def read(url: str) -> bytes:
    """Return the body of an answer with status 200; raises OSError where there is none."""
    with _OPENER.open(url, timeout=_TIMEOUT_S) as answer:
        body: bytes = answer.read()
        return body


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one metric, as `pdm_readings_total{lane="readings"} 12`."""

    name: str
    labels: dict[str, str]
    value: float


def scrape(url: str) -> list[Sample] | None:
    """Return the samples of a worker's `/metrics`, or None where it does not answer."""
    try:
        return list(parsed(read(f"{url}/metrics").decode()))
    except (OSError, ValueError):
        return None


def parsed(text: str) -> Iterator[Sample]:
    """Yield the samples of a text in the Prometheus format."""
    from prometheus_client.parser import text_string_to_metric_families

    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield Sample(sample.name, dict(sample.labels), sample.value)


def total(samples: list[Sample], name: str, **labels: str) -> float:
    """Return the sum of the samples of that name whose labels include `labels`."""
    return sum(s.value for s in samples if s.name == name and labels.items() <= s.labels.items())
