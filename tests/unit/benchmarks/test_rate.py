"""A rate is taken between start-up and the end of the backlog."""

import pytest

from benchmarks.throughput.measure import Window, measure, readings_total
from benchmarks.throughput.rate import Rate, Sample, steady_rate
from schemas.errors import UnavailableError

TOTAL = 1000


def ramp(per_s: float, cpu_per_s: float, seconds: int, start_s: float = 5.0) -> list[Sample]:
    idle = [Sample(float(t), 0.0, 0.5 * t) for t in range(int(start_s))]
    return idle + [Sample(start_s + t, min(per_s * t, TOTAL), 0.5 * start_s + cpu_per_s * t) for t in range(seconds)]


def test_start_and_idle_end_are_left_out() -> None:
    rate = steady_rate(ramp(100, 0.8, 30), after=0, total=TOTAL)
    assert rate is not None
    assert rate.per_s == pytest.approx(100)
    assert rate.cores == pytest.approx(0.8)
    assert rate.cpu_us == pytest.approx(8000)


def test_warm_up_readings_are_left_out() -> None:
    slow_then_fast = [Sample(0, 0, 0), Sample(1, 10, 1), Sample(2, 20, 2), Sample(3, 120, 3), Sample(4, 220, 4)]
    assert steady_rate(slow_then_fast, after=19, total=TOTAL) == Rate(200, 2, 2)
    assert steady_rate(slow_then_fast, after=20, total=TOTAL) == Rate(100, 1, 1)


@pytest.mark.parametrize("samples", [[], [Sample(0, 0, 0)], [Sample(0, 5, 0)], [Sample(0, 5, 0), Sample(1, 5, 1)]])
def test_no_rate_without_two_different_samples(samples: list[Sample]) -> None:
    assert steady_rate(samples, after=0, total=TOTAL) is None


def test_a_backlog_that_ends_within_one_sample_has_no_rate() -> None:
    assert steady_rate([Sample(0, 0, 0), Sample(1, TOTAL, 1)], after=0, total=TOTAL) is None


def test_fast_consumers_are_measured_after_the_warm_up() -> None:
    samples = [Sample(0, 0, 0), Sample(1, 300, 1), Sample(2, 400, 2), Sample(3, 500, 3), Sample(4, 900, 4)]
    rate = measure(iter(samples), Window(seconds=1.0, total=TOTAL, warm_up=350), fast=True)
    assert rate == Rate(100, 1, 1)


def test_slow_consumers_are_measured_from_a_second_after_their_first_reading() -> None:
    samples = [Sample(0, 0, 0), Sample(7, 1, 7), Sample(7.5, 11, 7), Sample(8.1, 20, 8), Sample(9.1, 50, 9)]
    rate = measure(iter(samples), Window(seconds=1.0, total=TOTAL, warm_up=900), fast=False)
    assert rate.readings == 30


def test_measuring_stops_when_the_window_is_over() -> None:
    endless = (Sample(t * 0.5, 1.0 + t, t) for t in range(10**9))
    rate = measure(endless, Window(seconds=3.0, total=10**9, warm_up=0), fast=True)
    assert rate.seconds == 3.0


def test_a_consumer_that_is_done_before_a_rate_is_known_is_an_error() -> None:
    samples = iter([Sample(0, 0, 0), Sample(1, TOTAL, 1)])
    with pytest.raises(UnavailableError, match="1,000 of 1,000"):
        measure(samples, Window(1.0, TOTAL, 0), fast=True)


def test_a_consumer_that_stalls_is_left_with_the_rate_it_had() -> None:
    stalling = (Sample(t, min(10.0 * t, 500.0), t) for t in range(10**9))
    rate = measure(stalling, Window(1e9, TOTAL, 0), fast=True)
    assert rate.readings == 490


def test_a_consumer_that_never_starts_is_an_error() -> None:
    silent = (Sample(t, 0.0, t) for t in range(10**9))
    with pytest.raises(UnavailableError, match="0 of 1,000"):
        measure(silent, Window(1.0, TOTAL, 0), fast=False)


def test_readings_of_all_lanes_are_summed() -> None:
    text = (
        "# HELP pdm_readings_total Readings applied\n"
        'pdm_readings_total{lane="readings"} 1.5e+06\n'
        'pdm_readings_total{lane="signals"} 2.0\n'
        'pdm_readings_created{lane="readings"} 1.7e+09\n'
    )
    assert readings_total(text) == 1_500_002
