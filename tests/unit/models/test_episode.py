"""Episodes: raised when a series leaves its normal state, held until it returns, and nothing learned meanwhile."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.detectors import robust_z
from models.features.names import FEATURE_NAMES, TOLD
from models.series import SeriesBank
from models.series_view import describe
from models.transition import EPISODE
from models.tuning import Tuning
from tests.unit.models.driver import Arrivals, cleared, feed, raised, traced

LEARN = 300


def noise(n: int, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=n) + 20.0


def stepped(start: int, end: int, height: float, n: int = 3000) -> NDArray[np.float64]:
    value = noise(n)
    value[start:end] += height
    return value


@pytest.mark.parametrize("height", [8.0, -8.0])
@pytest.mark.parametrize("length", [30, 400, 4000])
def test_a_step_is_raised_held_and_cleared_on_return(height: float, length: int) -> None:
    outcome, _ = traced(stepped(1000, 1000 + length, height, 6000), Tuning(learn_readings=LEARN))
    (up,) = raised(outcome, EPISODE)
    (down,) = cleared(outcome, EPISODE)
    assert 1004 <= up["offset"] <= 1012
    assert 1_000_000_000 <= up["start_ts_us"] <= 1_004_000_000
    assert 1000 <= up["first_offset"] <= 1004
    assert 1000 + length + 9 <= down["offset"] <= 1000 + length + 30
    assert down["anomaly_offset"] == up["offset"] == up["anomaly_offset"]
    assert down["end_ts_us"] == down["ts_us"] == down["offset"] * 1_000_000
    assert up["end_ts_us"] == 0
    assert up["expected"] == pytest.approx(20.0, abs=1.0)
    assert up["low"] < 20.0 < up["high"]
    assert not up["low"] <= up["value"] <= up["high"]
    assert up["score"] >= up["threshold"] == Tuning().raise_z
    assert 0.0 <= up["p_value"] < 0.01
    assert 0.5 <= up["grade"] <= 1.0
    assert 0.5 < up["confidence"] < 1.0


def test_the_explanation_names_the_level_with_its_direction() -> None:
    (up,) = raised(traced(stepped(1000, 1100, 8.0), Tuning(learn_readings=LEARN))[0], EPISODE)
    names = [FEATURE_NAMES[k] for k in up["feature"]]
    assert len(set(names)) == 3
    assert set(names) <= set(FEATURE_NAMES[:TOLD]) - {"rate_per_s"}
    assert sorted(up["feature_weight"], reverse=True) == list(up["feature_weight"])
    assert 0.3 < up["feature_weight"].sum() <= 1.0
    assert (up["feature_value"] > up["feature_expected"]).all()


def test_one_or_two_wild_readings_are_no_episode() -> None:
    value = noise(3000)
    value[1000] += 1e6
    value[2000:2002] -= 1e6
    assert len(raised(traced(value, Tuning(learn_readings=LEARN))[0], EPISODE)) == 0


def test_nothing_is_learned_while_open() -> None:
    bank = SeriesBank(Tuning(learn_readings=LEARN))
    arrivals = Arrivals.every_second(stepped(1000, 3000, 8.0))
    feed(bank, arrivals[slice(0, 1020)])
    before = describe(bank.pack(0))
    feed(bank, arrivals[slice(1020, 3000)])
    after = describe(bank.pack(0))
    assert "episode" in before["open"]
    assert "episode" in after["open"]
    assert (after["expected"], after["learned"]) == (before["expected"], before["learned"])


def test_the_same_fault_is_raised_again() -> None:
    value = stepped(1000, 1200, 8.0, 4000)
    value[2500:2700] += 8.0
    outcome, _ = traced(value, Tuning(learn_readings=LEARN))
    assert [t // 1000 for t in raised(outcome, EPISODE)["offset"]] == [1, 2]
    assert len(cleared(outcome, EPISODE)) == 2


def test_nothing_is_raised_while_learning() -> None:
    value = noise(LEARN)
    value[200:230] += 50.0
    assert len(traced(value, Tuning(learn_readings=LEARN))[0].transitions) == 0


def test_missing_readings_are_not_scored() -> None:
    value = noise(2000)
    value[1000:1400] = np.nan
    assert len(raised(traced(value, Tuning(learn_readings=LEARN))[0], EPISODE)) == 0


@pytest.mark.parametrize(("scale", "offset"), [(1e-9, 0.0), (1e6, 0.0), (1.0, 1e9), (1e6, -1e9)])
def test_units_do_not_matter(scale: float, offset: float) -> None:
    plain, _ = traced(stepped(1000, 1300, 8.0), Tuning(learn_readings=LEARN))
    other, _ = traced(stepped(1000, 1300, 8.0) * scale + offset, Tuning(learn_readings=LEARN))
    assert raised(other, EPISODE)["offset"].tolist() == raised(plain, EPISODE)["offset"].tolist()
    assert cleared(other, EPISODE)["offset"].tolist() == cleared(plain, EPISODE)["offset"].tolist()


def test_absurd_values_leave_finite_events_behind() -> None:
    value = noise(3000)
    value[1000:1020] = 1.7e308
    value[1020:1040] = -1.7e308
    value[1100:1110] = np.inf
    outcome, _ = traced(value, Tuning(learn_readings=LEARN))
    assert len(raised(outcome, EPISODE)) >= 1
    for name in outcome.transitions.dtype.names or ():
        assert np.isfinite(outcome.transitions[name]).all(), name


def test_what_keeps_returning_by_itself_stops_alarming_and_what_is_gross_does_not() -> None:
    starts = range(1000, 41_000, 1000)
    mild, gross = noise(41_000), noise(41_000)
    for start in starts:
        mild[start : start + 50] += 6.0
        gross[start : start + 50] += 200.0
    mild_at = raised(traced(mild, Tuning(learn_readings=LEARN))[0], EPISODE)["offset"]
    gross_at = raised(traced(gross, Tuning(learn_readings=LEARN))[0], EPISODE)["offset"]
    assert 1 <= len(mild_at) <= 15
    assert mild_at.max() < 25_000
    assert len(gross_at) == len(starts)


def test_a_slow_slide_is_told_although_each_reading_is_close_to_the_one_before() -> None:
    value = noise(6000)
    value[5000:6000] += np.linspace(0.0, 12.0, 1000)
    (up,) = raised(traced(value, Tuning(learn_readings=LEARN))[0], EPISODE)
    assert 5000 < up["offset"] < 5800


def test_an_episode_that_never_returns_ends_at_its_stated_age_and_its_level_is_normal() -> None:
    value = noise(6000)
    value[1000:] += 8.0
    outcome, _ = traced(value, Tuning(learn_readings=LEARN, longest_episode_stretches=5.0))
    (up,) = raised(outcome, EPISODE)
    (down,) = cleared(outcome, EPISODE)
    assert down["offset"] == up["offset"] + 5 * LEARN
    outcome, trace = traced(np.append(value, noise(1000)), Tuning(learn_readings=LEARN, longest_episode_stretches=5.0))
    assert trace["expected"][5000] == pytest.approx(28.0, abs=1.0)
    assert len(raised(outcome, EPISODE)) == 2, "the way back is a change as well"


def test_a_gross_fault_that_becomes_a_smaller_one_is_held() -> None:
    value = stepped(1000, 3000, 8.0)
    value[1000:1100] = 1e9
    outcome, _ = traced(value, Tuning(learn_readings=LEARN))
    assert len(raised(outcome, EPISODE)) == 1
    assert len(cleared(outcome, EPISODE)) == 0


def test_the_level_is_the_mean_without_the_two_highest_and_the_two_lowest() -> None:
    rng = np.random.default_rng(4)
    rings: list[NDArray[np.float64]] = [rng.normal(size=20), np.full(20, 7.0), rng.normal(size=20) + 1e9]
    rings.append(rng.integers(0, 3, 20).astype(np.float64))
    for ring in rings:
        assert robust_z.trimmed_mean(ring) == pytest.approx(np.sort(ring)[2:18].mean(), rel=1e-14)
    wild = rng.normal(size=20)
    wild[[3, 11]] = 1e30
    assert abs(robust_z.trimmed_mean(wild)) < 1.0


def test_blocks_that_resemble_one_another_widen_the_unit() -> None:
    rng = np.random.default_rng(6)
    smooth = rng.normal(size=750).repeat(20).cumsum() * 0.01
    rough = rng.permutation(smooth)
    widened, usual = SeriesBank(Tuning(learn_readings=LEARN)), SeriesBank(Tuning(learn_readings=LEARN))
    feed(widened, Arrivals.every_second(smooth[:LEARN]))
    feed(usual, Arrivals.every_second(rough[:LEARN]))
    ratio = [float(b._hot["unit"][0] / b._hot["maxima_mean"][0]) for b in (widened, usual)]
    assert ratio[0] > 1.5 * ratio[1]
