"""The simulated fleet: seeded, cut-independent, healthy where it says so, faulty where it says so."""

import numpy as np
import pytest

from models.simulation.fleet import Fleet
from models.simulation.scenarios import SCENARIOS
from schemas.errors import UsageError

START_US = 1_767_323_045_000_000


def fleet(scenario: str = "mixed", sensors: int = 24, seed: int = 3, **options: int) -> Fleet:
    return Fleet(sensors, 10.0, scenario, seed, start_us=START_US, **options)


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_same_arguments_give_same_readings_however_cut(scenario: str) -> None:
    whole = fleet(scenario).next(1600)
    cut = fleet(scenario)
    parts = [cut.next(rows) for rows in (1, 799, 3, 250, 547)]
    assert np.array_equal(whole.values, np.concatenate([p.values for p in parts]), equal_nan=True)
    assert np.array_equal(whole.ts_us, np.concatenate([p.ts_us for p in parts]))
    assert np.array_equal(whole.seq, np.concatenate([p.seq for p in parts]))
    starts = [(f.sensor, f.kind.name, f.start_tick) for p in parts for f in p.started]
    assert starts == [(f.sensor, f.kind.name, f.start_tick) for f in whole.started]


def test_another_seed_gives_other_readings_and_faults() -> None:
    one, other = fleet(seed=1).next(1500), fleet(seed=2).next(1500)
    assert not np.array_equal(one.values, other.values)
    assert [f.start_tick for f in one.started] != [f.start_tick for f in other.started]


@pytest.mark.parametrize("scenario", [name for name, s in SCENARIOS.items() if s.faults])
def test_only_the_told_readings_differ_from_a_healthy_fleet(scenario: str) -> None:
    faulty = fleet(scenario, sensors=120)
    told = SCENARIOS[scenario]
    rows = faulty.next(2000)
    layout = faulty.layout
    touched = np.zeros(rows.values.shape, bool)
    for fault in rows.started:
        touched[fault.start_tick : fault.end_tick, fault.sensor] = True
    assert touched.any()
    assert not touched[:800].any()
    stray = np.abs(rows.values - layout.base) / layout.span
    healthy = stray[~touched]
    assert np.isfinite(healthy).all()
    assert healthy.max() < 1.6
    if told.noise_factor == 1.0:
        assert {f.kind.name for f in rows.started} <= set(told.faults)


@pytest.mark.parametrize("kind", ["spike", "step", "drift", "oscillation", "overload", "noise"])
def test_a_fault_reaches_far_outside_the_healthy_range(kind: str) -> None:
    rows_of = fleet(kind, sensors=60)
    rows = rows_of.next(2000)
    span = rows_of.layout.span
    for fault in rows.started:
        values = rows.values[fault.start_tick : fault.end_tick, fault.sensor]
        healthy = rows.values[:800, fault.sensor]
        outside = np.maximum(values - healthy.max(), healthy.min() - values).max()
        assert outside > 0.3 * span[fault.sensor], (kind, fault.sensor)


def test_stuck_repeats_the_last_value_and_dropout_is_missing() -> None:
    stuck = fleet("stuck").next(1500)
    fault = stuck.started[0]
    assert len(set(stuck.values[fault.start_tick : fault.end_tick, fault.sensor])) == 1
    dropout = fleet("dropout").next(1500)
    fault = dropout.started[0]
    assert np.isnan(dropout.values[fault.start_tick : fault.end_tick, fault.sensor]).all()


def test_overload_hits_all_sensors_of_the_asset_at_once() -> None:
    faulty = fleet("overload")
    faults = faulty.next(1400).started
    first = [f for f in faults if f.start_tick == faults[0].start_tick]
    assert [faulty.truth(f).asset_id for f in first] == [faulty.truth(first[0]).asset_id] * 4
    assert len({f.sensor for f in first}) == 4


def test_a_short_run_still_has_its_faults_in_the_second_half() -> None:
    rows = fleet(total_readings=300).next(300)
    assert rows.started
    assert all(f.start_tick >= 150 and f.end_tick <= 300 for f in rows.started)


def test_a_run_that_just_outlasts_learning_keeps_its_faults_after_it() -> None:
    rows = fleet(total_readings=920).next(920)
    assert rows.started
    assert all(f.start_tick >= 800 and f.end_tick <= 920 for f in rows.started)


def test_a_first_fault_comes_soon_after_learning() -> None:
    assert min(f.start_tick for f in fleet().next(1400).started) < 840


def test_truth_and_times_agree() -> None:
    faulty = fleet(sensors=40)
    rows = faulty.next(1400)
    for fault in rows.started:
        truth = faulty.truth(fault)
        group = next(i for i, g in enumerate(faulty.groups) if g.start <= fault.sensor < g.stop)
        assert truth.start_us == rows.ts_us[fault.start_tick, group]
        assert truth.end_us == rows.ts_us[fault.end_tick - 1, group]
        assert truth.sensor_id.startswith(truth.asset_id + "/")


def test_times_step_by_the_rate_and_groups_share_the_interval() -> None:
    rows = Fleet(400, 2.0, seed=1, start_us=START_US).next(5)
    assert rows.ts_us[0, 0] == START_US
    assert (np.diff(rows.ts_us, axis=0) == 500_000).all()
    assert (np.diff(rows.ts_us, axis=1) > 0).all()
    assert rows.ts_us[0, -1] < START_US + 500_000


def test_every_sensor_is_in_one_group_and_assets_are_never_cut() -> None:
    for sensors in (1, 3, 4, 5, 37, 1000):
        big = Fleet(sensors, 1.0)
        members = [i for group in big.groups for i in range(group.start, group.stop)]
        assert members == list(range(sensors))
        asset = big.layout.asset_of_sensor
        assert all(g.start == 0 or asset[g.start] != asset[g.start - 1] for g in big.groups)


def test_a_later_run_continues_the_numbers() -> None:
    first, later = fleet().next(10), Fleet(24, 10.0, start_us=START_US + 1_000_000).next(1)
    assert later.seq[0] == first.seq[-1] + 1


def test_names_are_unique_and_tell_the_asset() -> None:
    layout = fleet(sensors=1000).layout
    assert len(set(layout.sensor_id)) == 1000
    assert all(s.split("/")[0] == a for s, a in zip(layout.sensor_id, layout.asset_id, strict=True))


def test_an_offset_of_a_billion_keeps_the_signal() -> None:
    plain, shifted = fleet("healthy").next(200).values, fleet("offset-1e9").next(200).values
    assert np.abs(shifted - 1e9 - plain).max() < 0.01


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((0, 1.0), "0 sensors"),
        ((1, 0.0), "rate of 0"),
        ((1, 1.0, "storm"), "'storm'"),
        ((1, 1.0, "mixed", -1), "-1"),
    ],
)
def test_impossible_arguments_are_refused(arguments: tuple[int, float], word: str) -> None:
    with pytest.raises(UsageError, match=word):
        Fleet(*arguments)


def test_the_demo_has_faults_of_single_sensors_first_and_then_another_load() -> None:
    fleet = Fleet(40, 10.0, "demo", 1, learn_readings=1500)
    values = fleet.next(2400).values
    assert fleet.scenario.faults
    assert "overload" not in fleet.scenario.faults
    later = fleet.next(600).values
    assert (np.median(later, axis=0) > np.median(values, axis=0) + 2.0 * fleet.layout.load_gain).all()
