"""A broken relation between sensors that each look healthy is raised, explained, held, and cleared."""

import numpy as np
import pytest

from models.assets.state import FAULTY, SUSPECT
from models.assets.tuning import AssetTuning
from models.series import SeriesBank
from models.transition import EPISODE
from models.tuning import Tuning
from schemas.errors import SettingsError
from tests.unit.models.assets.plant import START_US, bank_of, feed, outcome_of, plant, readings
from tests.unit.models.driver import Arrivals, raised
from tests.unit.models.driver import feed as feed_series

AT = 900


def step(height: float, start: int = AT, end: int = 1100, ticks: int = 1500) -> np.ndarray:
    value = plant(1, 5, ticks, noise=0.1)
    value[0, start:end, 2] += height * value[0, :start, 2].std()
    return value


@pytest.mark.parametrize("height", [0.6, -0.6])
def test_a_shift_within_the_usual_range_is_raised_named_and_cleared(height: float) -> None:
    value = step(height)
    up, down = outcome_of(value)
    assert up["raised"]
    assert not down["raised"]
    assert AT + 4 <= up["position"] <= AT + 12
    assert AT - 3 <= (up["start_ts_us"] - START_US) / 1e6 <= AT + 2
    assert up["sensor_row"][0] == 2
    assert len(set(up["sensor_row"].tolist())) == 3
    assert (up["value"][0] > up["expected"][0]) == (height > 0)
    assert up["weight"][0] == max(up["weight"])
    assert 0.0 < up["weight"].sum() <= 1.0
    assert up["score"] >= up["threshold"] == 2.25
    assert 0.5 <= up["grade"] < 1.0
    assert 0.0 <= up["p_value"] < 0.01
    assert 0.5 < up["confidence"] < 1.0
    assert up["first_offset"] <= up["offset"] == up["last_offset"] == up["anomaly_offset"] == down["anomaly_offset"]
    assert 1100 < down["position"] < 1250
    assert down["end_ts_us"] == down["ts_us"] > up["ts_us"]
    assert down["sensor_row"][0] == 2
    # Seen alone, the sensor is in its usual range: its own episode detector has not said anything by then.
    alone = feed_series(SeriesBank(Tuning(learn_readings=400)), Arrivals.every_second(value[0, :, 2]))
    assert (raised(alone, EPISODE)["position"] > up["position"] + 30).all()


def test_a_sensor_that_follows_the_others_no_more_is_named() -> None:
    value = plant(1, 4, 1300, noise=0.1)
    value[0, AT:, 1] = value[0, : 1300 - AT, 1]
    up = outcome_of(value)[0]
    assert up["sensor_row"][0] == 1
    assert AT < up["position"] < AT + 60


def test_load_changes_that_all_sensors_follow_raise_nothing() -> None:
    assert len(outcome_of(plant(40, 4, 2000, seed=3))) == 0


def test_nothing_is_learned_while_open() -> None:
    bank = bank_of(5)
    r = readings(step(3.0, end=1500))
    feed(bank, r[slice(0, 930 * 5)])
    before = bank._slots[0]["mean"].copy(), bank._slots[0]["weights"].copy(), int(bank._head[0]["learned"])
    assert bank._head[0]["open"] == 1
    feed(bank, r[slice(930 * 5, 1500 * 5)])
    assert bank._head[0]["open"] == 1
    assert (bank._slots[0]["mean"] == before[0]).all()
    assert (bank._slots[0]["weights"] == before[1]).all()
    assert bank._head[0]["learned"] == before[2]


def test_a_faulty_sensor_raises_nothing_and_a_suspect_one_teaches_nothing() -> None:
    r = readings(step(3.0, end=1500))
    broken = (r.sensor_row == 2) & (r.offset >= AT * 5)
    r.health[broken] = FAULTY
    bank = bank_of(5)
    assert len(feed(bank, r).transitions) == 0
    r.health[broken] = SUSPECT
    bank = bank_of(5)
    feed(bank, r[slice(0, AT * 5 + 5)])
    learned = int(bank._head[0]["learned"])
    assert feed(bank, r[slice(AT * 5 + 5, len(r))]).transitions["raised"].any()
    assert bank._head[0]["learned"] <= learned + 1


def test_a_silent_sensor_is_left_out_and_the_others_are_still_judged() -> None:
    value = step(3.0)
    value[0, 700:, 4] = np.nan
    up = outcome_of(value)[0]
    assert up["sensor_row"][0] == 2
    assert AT + 3 <= up["position"] <= AT + 15


def test_sensors_of_different_rates_share_ticks_of_the_slowest() -> None:
    value = plant(1, 3, 6000, noise=0.1)
    value[0, 4500:, 1] += 2.0 * value[0, :, 1].std()
    r = readings(value)
    slow = (r.sensor_row != 0) | (r.offset // 3 % 5 == 0)
    bank = bank_of(3)
    transitions = feed(bank, r[np.flatnonzero(slow)]).transitions
    assert bank._head[0]["tick_us"] == pytest.approx(5e6, rel=0.02)
    assert transitions["sensor_row"][0, 0] == 1
    assert (transitions["ts_us"][0] - START_US) / 1e6 >= 4500


def test_only_the_first_sixteen_sensors_are_judged_together() -> None:
    bank = bank_of(20)
    feed(bank, readings(plant(1, 20, 600)))
    assert bank._head[0]["sensors"] == 16
    assert bank._slots[0]["ticks"].min() > 400
    assert len(bank.pack(0)) <= 8192


def test_constant_duplicate_huge_and_missing_values_leave_finite_state() -> None:
    value = plant(1, 6, 1200)
    value[0, :, 0] = 7.0
    value[0, :, 1] = value[0, :, 2]
    value[0, :, 3] = np.nan
    value[0, 800:810, 4] = 1.7e308
    value[0, 850, 5] = -np.inf
    bank = bank_of(6)
    transitions = feed(bank, readings(value)).transitions
    for name in ("score", "overall", "grade", "p_value", "value", "expected", "weight"):
        assert np.isfinite(transitions[name]).all(), name
    for name in ("mean", "moments", "weights", "statistic", "unit"):
        assert np.isfinite(bank._slots[0][name]).all(), name


def test_an_asset_with_one_sensor_holds_nothing() -> None:
    bank = bank_of(50)
    assert len(feed(bank, readings(plant(50, 1, 300))).transitions) == 0
    assert bank._used[0] == 0
    assert all(len(bank.pack(row)) == 8 for row in range(50))
    bank.clear_dirty()
    feed(bank, readings(plant(50, 1, 10)))
    assert len(bank.dirty()) == 0


def test_settings_that_cannot_work_are_refused() -> None:
    for wrong in ({"learn_ticks": 3}, {"clear_z": 9.0}, {"tick_s": 1e-6}, {"raise_z": float("nan")}):
        with pytest.raises(SettingsError, match=next(iter(wrong))):
            AssetTuning(**wrong)


def test_an_anomaly_ends_where_the_relation_comes_back_to_another_level() -> None:
    value = plant(60, 4, 1300, seed=3, noise=0.2)
    size = value[:, :600, 1].std(axis=1)[:, None]
    value[:, 600:800, 1] += 1.5 * size
    value[:, 800:, 1] += 0.3 * size
    found = outcome_of(value)
    ends = found["position"][~found["raised"]]
    assert len(ends) >= 57
    assert np.median(ends) < 860
    assert (found["position"][found["raised"]] > 800).sum() <= 3


def test_a_relation_that_stays_broken_is_the_normal_one_in_the_end() -> None:
    value = plant(20, 3, 2200, seed=4, noise=0.2)
    value[:, 300:, 1] += 3.0 * value[:, :300, 1].std(axis=1)[:, None]
    found = outcome_of(value, AssetTuning(learn_ticks=60))
    late = found["position"][~found["raised"] & (found["position"] > 1400)]
    assert (late < 1300 + 300).sum() >= 18
    assert (found["position"][found["raised"]] > 1400).sum() <= 2


def test_assets_that_are_run_in_another_way_are_learned_anew_once_that_is_normal() -> None:
    value = plant(20, 4, 3000, seed=5)
    value[:, 1000:] += 8.0 * value[:, :1000].std(axis=1)[:, None]
    bank, all_readings, part = bank_of(80), readings(value), 1200 * 80
    raised = feed(bank, all_readings[:part]).transitions
    assert np.unique(raised["asset_row"]).size == 20
    bank.release(np.arange(20), 0)
    found = feed(bank, all_readings[part:]).transitions
    assert (~found["raised"]).sum() >= 20
    assert found["raised"].sum() <= 1
