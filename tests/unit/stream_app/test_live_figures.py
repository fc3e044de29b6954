"""Figures of the live line, from scrapes."""

from collections import Counter
from math import inf

import pytest

from stream_app.live_figures import LiveFigures, quantile
from stream_app.worker_scrape import Sample, parsed, total


def scrape_of(readings: float, buckets: dict[float, int], sensors: float = 10) -> list[Sample]:
    text = f'pdm_sensors{{lane="readings"}} {sensors}\npdm_sensors{{lane="signals"}} 99\n'
    text += f'# TYPE pdm_readings counter\npdm_readings_total{{lane="readings"}} {readings}\n'
    text += "# TYPE pdm_reading_latency_seconds histogram\n"
    for bound, n in buckets.items():
        le = "+Inf" if bound == inf else bound
        text += f'pdm_reading_latency_seconds_bucket{{lane="readings",le="{le}"}} {n}\n'
    return list(parsed(text))


def test_total_adds_what_the_labels_choose() -> None:
    samples = [Sample("a", {"x": "1"}, 1.0), Sample("a", {"x": "2"}, 2.0), Sample("b", {"x": "1"}, 4.0)]
    assert total(samples, "a") == 3.0
    assert total(samples, "a", x="2") == 2.0
    assert total(samples, "c") == 0.0


def test_rates_and_sensors_of_all_workers() -> None:
    figures = LiveFigures()
    figures.advance(0.0, {"w1": scrape_of(100, {inf: 0}), "w2": scrape_of(0, {inf: 0})})
    now = figures.advance(2.0, {"w1": scrape_of(300, {inf: 0}), "w2": scrape_of(50, {inf: 0})})
    assert (now.sensors, now.readings_per_s, now.p95_ms, now.workers) == (20, 125.0, None, 2)


def test_a_restarted_worker_does_not_count_backwards() -> None:
    figures = LiveFigures()
    figures.advance(0.0, {"w": scrape_of(1000, {0.1: 5, inf: 5})})
    now = figures.advance(1.0, {"w": scrape_of(10, {0.1: 1, inf: 1})})
    assert now.readings_per_s == 0.0
    assert figures.advance(2.0, {"w": scrape_of(30, {0.1: 3, inf: 3})}).readings_per_s == 20.0


def test_latency_is_of_the_last_scrapes_only() -> None:
    figures = LiveFigures()
    slow = {0.01: 0, 1.0: 100, inf: 100}
    assert figures.advance(0.0, {"w": scrape_of(0, slow)}).p95_ms == pytest.approx(950.5, abs=5)
    for second in range(1, 11):
        fast = {0.01: 100 * second, 1.0: 100 + 100 * second, inf: 100 + 100 * second}
        now = figures.advance(float(second), {"w": scrape_of(0, fast)})
    assert now.p95_ms == pytest.approx(9.5)


def test_quantile_is_linear_within_a_bucket() -> None:
    assert quantile(Counter({1.0: 50, 2.0: 100, inf: 100}), 0.75) == pytest.approx(1.5)
    assert quantile(Counter({1.0: 0, inf: 10}), 0.95) == 1.0
    assert quantile(Counter({inf: 0}), 0.95) is None
    assert quantile(Counter(), 0.95) is None
