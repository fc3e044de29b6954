"""The retraining policy: what it refuses and why, and that the log alone decides, wherever it is cut."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.retraining.policy import State, advance, pack_state, unpack_state
from models.retraining.tuning import RetrainingTuning
from schemas.retraining import RetrainingEvent, RetrainingFailed, RetrainingRefused, RetrainingRequested
from schemas.training_log import Begun, Ended, LogRecord, Wanted, decode_record, encode_record

S_US = 1_000_000
HOUR_US = 3_600 * S_US
NOW_US = 1_800_000_000 * S_US
TUNING = RetrainingTuning(per_day=3)
RESULT = '{"version": "3", "algorithm": "a", "run_id": "r", "rows": 9, "metrics": {}, "more": 1}'


def wanted(name: str, now_us: int = NOW_US, rows: int = 5_000, ident: str = "", age_us: int = HOUR_US) -> Wanted:
    return Wanted(ident or f"{name}@{now_us}", f"pdm.readings.{name}", "fleet_shift", now_us, now_us - age_us, rows)


def fold(state: State, *records: tuple[LogRecord, int], tuning: RetrainingTuning = TUNING) -> list[RetrainingEvent]:
    return [event for record, now_us in records if (event := advance(state, record, now_us, tuning)) is not None]


def reason(event: RetrainingEvent) -> str:
    assert isinstance(event, RetrainingRefused), event
    return event.reason


def train(state: State, name: str, now_us: int) -> list[str]:
    ident = f"{name}@{now_us}"
    events = fold(
        state,
        (wanted(name, now_us), now_us),
        (Begun(ident, 1, "w", "token"), now_us + 1),
        (Ended(ident, 1, 2.0, RESULT, 0), now_us + 2),
    )
    return [event.type for event in events]


def test_a_model_rests_after_a_training_and_then_is_trained_again() -> None:
    state = State()
    assert train(state, "x", NOW_US) == ["RetrainingRequested", "RetrainingStarted", "RetrainingSucceeded"]
    (soon,) = fold(state, (wanted("x", NOW_US + 23 * HOUR_US), NOW_US + 23 * HOUR_US))
    assert reason(soon) == "cooldown"
    assert train(state, "x", NOW_US + 25 * HOUR_US)[0] == "RetrainingRequested"


def test_so_many_a_day_and_no_more() -> None:
    state = State()
    for n in range(3):
        assert len(train(state, f"x{n}", NOW_US + n)) == 3
    (event,) = fold(state, (wanted("y", NOW_US + HOUR_US), NOW_US + HOUR_US))
    assert reason(event) == "budget"
    assert len(train(state, "y", NOW_US + 25 * HOUR_US)) == 3


def test_it_waits_for_enough_rows_and_refuses_where_they_never_come() -> None:
    state = State()
    (asked,) = fold(state, (wanted("x", rows=250), NOW_US))
    assert isinstance(asked, RetrainingRequested)
    assert state.due(NOW_US, TUNING) == []
    assert [each.model for each in state.due(NOW_US + HOUR_US, TUNING)] == ["pdm.readings.x"]
    assert [reason(e) for e in fold(State(), (wanted("x", rows=0), NOW_US), (wanted("x", rows=1), NOW_US))] == [
        "too_little_data",
        "too_little_data",
    ]


@pytest.mark.parametrize(("record", "why"), [
    (wanted("x", NOW_US + 400 * S_US), "clock_skew"),
    (Wanted("i", "someone.elses.model", "fleet_shift", NOW_US, NOW_US - 1, 9), "unknown_model"),
])  # fmt: skip
def test_what_cannot_be_is_refused(record: Wanted, why: str) -> None:
    assert [reason(event) for event in fold(State(), (record, NOW_US))] == [why]


def test_a_clock_that_was_wrong_holds_nothing_up_for_longer_than_the_rule() -> None:
    state = State()
    train(state, "x", NOW_US + 1_000_000 * HOUR_US)
    (refused,) = fold(state, (wanted("x"), NOW_US))
    assert reason(refused) == "cooldown"


def test_drift_of_a_clock_that_is_behind_is_believed_and_trained_up_to_now() -> None:
    state = State()
    year_us = 365 * 24 * HOUR_US
    (requested,) = fold(state, (wanted("x", NOW_US - year_us), NOW_US))
    assert isinstance(requested, RetrainingRequested)
    (training,) = state.due(NOW_US, TUNING)
    fold(state, (Begun(training.training_id, 1, "w", "t"), NOW_US))
    assert (training.from_us, training.to_us) == (NOW_US - year_us - HOUR_US, NOW_US)


def test_of_two_that_begin_the_first_is_named_and_what_it_ends_counts_once() -> None:
    state = State()
    ident = wanted("x").training_id
    events = fold(
        state,
        (wanted("x"), NOW_US),
        (Begun(ident, 1, "a", "A"), NOW_US),
        (Begun(ident, 1, "b", "B"), NOW_US),
        (Begun(ident, 2, "b", "B"), NOW_US),
        (Ended(ident, 1, 1.0, RESULT, 0), NOW_US),
        (Ended(ident, 2, 1.0, RESULT, 0), NOW_US),
        (Ended(ident, 2, 1.0, RESULT, 0), NOW_US),
    )
    told = [event.type.removeprefix("Retraining") for event in events]
    assert told == ["Requested", "Started", "Started", "Succeeded"]
    assert len({event.id for event in events}) == 4


def test_at_most_so_many_run_together() -> None:
    state = State()
    fold(state, *((wanted(name, ident=name), NOW_US) for name in "abc"))
    assert [each.training_id for each in state.due(NOW_US, TUNING)] == ["a"]
    fold(state, (Begun("a", 1, "w", "t"), NOW_US))
    assert state.due(NOW_US, TUNING) == []
    assert fold(state, (Begun("b", 1, "w", "t"), NOW_US)) == []


def test_a_success_without_the_agreed_words_is_a_crash() -> None:
    state = State()
    ident = wanted("x").training_id
    fold(state, (wanted("x"), NOW_US), (Begun(ident, 1, "w", "t"), NOW_US))
    (event,) = fold(state, (Ended(ident, 1, 1.0, "fitting", 0), NOW_US))
    assert isinstance(event, RetrainingFailed)
    assert (event.reason, event.retry_at is None) == ("crash", False)


_RECORDS = st.one_of(
    st.builds(wanted, st.sampled_from("abc"), st.integers(NOW_US, NOW_US + 9), ident=st.sampled_from("1234")),
    st.builds(Begun, st.sampled_from("1234"), st.integers(1, 3), st.just("w"), st.sampled_from("tu")),
    st.builds(
        Ended, st.sampled_from("1234"), st.integers(1, 3), st.just(1.0), st.sampled_from([None, RESULT]),
        st.sampled_from([None, 0, 1, 4, 5]), st.booleans(),
    ),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(_RECORDS, max_size=30), st.integers(0, 30))
def test_saved_and_loaded_anywhere_it_decides_the_same(records: list[LogRecord], cut: int) -> None:
    timed = [(decode_record(encode_record(record)), NOW_US + at) for at, record in enumerate(records)]
    whole = State()
    events = fold(whole, *timed)
    part = State()
    found = fold(part, *timed[:cut])
    part = unpack_state(pack_state(part))
    assert found + fold(part, *timed[cut:]) == events
    assert part == whole
    assert len(whole.running) <= TUNING.at_once
