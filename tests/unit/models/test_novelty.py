"""The novelty kernel says what the slow reference says, and nothing that looks ahead."""

import numpy as np
import pytest

from models.transition import NOVELTY
from models.tuning import Tuning
from tests.unit.models.driver import cleared, raised, traced
from tests.unit.models.nab import MACHINE_TEMPERATURE, nab_series
from tests.unit.models.novelty_reference import emissions

NAMES = (
    MACHINE_TEMPERATURE,
    "realKnownCause/rogue_agent_key_hold.csv",
    "realAWSCloudwatch/ec2_network_in_257a54.csv",
    "realTraffic/TravelTime_387.csv",
    "artificialWithAnomaly/art_daily_jumpsup.csv",
)


@pytest.mark.parametrize("name", NAMES)
def test_scores_on_real_series_are_those_of_the_reference(name: str) -> None:
    value = nab_series(name)[1][:6000]
    learn_readings = int(min(0.15 * len(value), 750))
    _, trace = traced(value, Tuning(learn_readings=learn_readings))
    scores, emitted = emissions(value, learn_readings)
    np.testing.assert_allclose(np.nan_to_num(trace["novelty"]), scores, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(trace["emitted"], emitted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("offset", [0.0, 1e9])
def test_scores_do_not_suffer_far_from_zero(offset: float) -> None:
    # Multiples of 2^-10 stay exact when 1e9 is added.
    value = np.round(np.random.default_rng(3).normal(size=2000) * 1024) / 1024
    _, trace = traced(value + offset, Tuning(learn_readings=300))
    scores, _ = emissions(value, 300)
    np.testing.assert_allclose(np.nan_to_num(trace["novelty"]), scores, rtol=1e-3, atol=1e-4)


def test_a_full_memory_replaces_its_oldest_vectors() -> None:
    value = np.random.default_rng(5).normal(size=1200)
    _, trace = traced(value, Tuning(learn_readings=200, novelty_memory=32))
    scores, _ = emissions(value, 200, memory=32)
    np.testing.assert_allclose(np.nan_to_num(trace["novelty"]), scores, rtol=1e-3, atol=1e-4)


def test_scores_of_a_truncated_stream_are_the_prefix_of_the_full_run() -> None:
    value = np.random.default_rng(7).normal(size=3000).cumsum()
    _, full = traced(value, Tuning(learn_readings=300))
    _, cut = traced(value[:1777], Tuning(learn_readings=300))
    assert full[:1777].tobytes() == cut.tobytes()


def test_a_shape_never_seen_is_raised_once_and_cleared_after_its_rest() -> None:
    t = np.arange(4000)
    value = 10 * np.sin(2 * np.pi * t / 100) + np.random.default_rng(1).normal(size=4000) * 0.2
    value[2500:2550] = 3.0  # inside the range, but flat
    outcome, _ = traced(value, Tuning(learn_readings=700))
    (up,) = [transition for transition in raised(outcome, NOVELTY) if transition["offset"] >= 2400]
    (down,) = [transition for transition in cleared(outcome, NOVELTY) if transition["offset"] >= 2400]
    assert 2500 <= up["offset"] <= 2560
    assert up["start_ts_us"] <= up["ts_us"]
    assert up["first_offset"] <= up["last_offset"] == up["offset"]
    assert (down["anomaly_offset"], down["anomaly_index"]) == (up["offset"], up["index"])
    assert down["offset"] >= up["offset"] + 245
    assert down["score"] >= up["score"] >= up["threshold"] >= Tuning().novelty_threshold
    assert 0.0 < up["p_value"] < 0.1 < up["grade"] <= 1.0
