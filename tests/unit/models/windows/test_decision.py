"""When a pattern is raised and cleared, row by row."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.windows import decision
from models.windows.joined import DETECTORS
from models.windows.sensor_state import SENSOR
from models.windows.state import LEARNING, UNHEALTHY, WINDOW
from models.windows.transition import WINDOW_TRANSITION
from models.windows.tuning import WindowTuning

TUNING = WindowTuning(raise_p=1e-3, clear_p=1e-2, hold_rows=3, clear_hold_rows=2, learn_rows=10)
STRANGE, BETWEEN, USUAL = 1e-5, 5e-3, 0.5


def facts_of(n: int, hop: int = 64, window: int = 64, flags: int = 0) -> NDArray[np.void]:
    """Return windows that begin every `hop` seconds."""
    facts = np.zeros(n, WINDOW)
    facts["start_ts_us"] = np.arange(n) * hop * 1_000_000
    facts["ts_us"] = facts["start_ts_us"] + (window - 1) * 1_000_000
    facts["first_offset"] = np.arange(n) * hop
    facts["offset"] = facts["first_offset"] + window - 1
    facts["flags"] = flags
    return facts


def state(learned: int = 1000) -> NDArray[np.void]:
    states = np.zeros(1, SENSOR)
    states["learned"], states["changed_in"] = learned, -1
    return states


def decide(
    states: NDArray[np.void], p: Sequence[float], facts: NDArray[np.void] | None = None, chunk: int = 0
) -> NDArray[np.void]:
    n = len(p)
    told = np.zeros(n, WINDOW_TRANSITION)
    used = decision.decide(
        states,
        facts_of(n) if facts is None else facts,
        np.zeros(n, np.int64),
        np.full(n, states["learned"][0]),
        np.array(p, np.float64),
        np.full(n, 0.8),
        np.zeros((n, len(DETECTORS))),
        chunk,
        TUNING.record()[0],
        np.empty(n, np.bool_),
        told,
    )
    found: NDArray[np.void] = told[:used]
    return found


def test_strange_rows_in_a_row_raise_and_usual_ones_clear() -> None:
    p = [USUAL, STRANGE, STRANGE, 1e-8, STRANGE, USUAL, BETWEEN, USUAL, USUAL, USUAL]
    told = decide(state(), p)
    assert told["raised"].tolist() == [True, False]
    # BETWEEN is neither strange nor usual: counting begins again after it.
    assert told["window"].tolist() == [3, 8]
    raised, cleared = told
    assert raised["start_ts_us"] == 64_000_000
    assert (raised["first_offset"], raised["last_offset"]) == (64, 255)
    assert cleared["anomaly_offset"] == raised["anomaly_offset"] == 255
    assert cleared["end_ts_us"] == 7 * 64_000_000
    assert (raised["score"], raised["threshold"], cleared["score"]) == (8.0, 3.0, 8.0)
    assert raised["p_value"] == 1e-8
    assert raised["grade"] == 1.0 - 2.0 ** (-8.0 / 3.0)
    assert 0.7 < raised["confidence"] < 0.8


def test_too_few_strange_rows_raise_nothing() -> None:
    assert not len(decide(state(), [STRANGE, STRANGE, USUAL] * 10))
    assert not len(decide(state(), [STRANGE, STRANGE, BETWEEN] * 10))


def test_rows_that_share_a_sample_raise_nothing() -> None:
    # One odd sample lies in four windows of 64 that begin every 16.
    assert not len(decide(state(), [STRANGE] * 4 + [USUAL] * 4, facts_of(8, hop=16)))
    assert decide(state(), [STRANGE] * 5, facts_of(5, hop=16))["window"].tolist() == [4]


def test_a_row_that_cannot_be_judged_changes_nothing() -> None:
    told = decide(state(), [STRANGE, np.nan, STRANGE, np.nan, STRANGE, np.nan, USUAL, np.nan, USUAL])
    assert told["window"].tolist() == [4, 8]


def test_an_unhealthy_or_learning_sensor_raises_nothing() -> None:
    for flags in (UNHEALTHY, LEARNING):
        assert not len(decide(state(), [STRANGE] * 10, facts_of(10, flags=flags)))
    assert not len(decide(state(learned=9), [STRANGE] * 10))
    facts = facts_of(10)
    facts["flags"][[2, 5, 8]] = UNHEALTHY
    assert not len(decide(state(), [STRANGE] * 10, facts))


def test_what_was_open_before_a_chunk_is_remembered() -> None:
    states = state()
    decide(states, [STRANGE] * 3, chunk=7)
    assert (states["open"][0], states["was_open"][0], states["changed_in"][0]) == (1, 0, 7)
    decide(states, [USUAL] * 2, chunk=7)
    assert (states["open"][0], states["was_open"][0], states["changed_in"][0]) == (0, 0, 7)
    decide(states, [STRANGE] * 3, chunk=8)
    decide(states, [USUAL] * 2, chunk=9)
    assert (states["open"][0], states["was_open"][0], states["changed_in"][0]) == (0, 1, 9)


def test_cuts_change_nothing() -> None:
    p = np.random.default_rng(1).choice([STRANGE, BETWEEN, USUAL, np.nan], 400, p=[0.6, 0.05, 0.3, 0.05]).tolist()
    facts = facts_of(400)
    whole, parts = state(), state()
    expected = decide(whole, p, facts)
    assert len(expected) > 4
    told = [decide(parts, p[k : k + 7], facts[k : k + 7]) for k in range(0, 400, 7)]
    for part, begin in zip(told, range(0, 400, 7), strict=True):
        part["window"] += begin
    assert np.concatenate(told).tobytes() == expected.tobytes()
    assert whole.tobytes() == parts.tobytes()
