"""Microphones whose frames stop coming are silent, as if there had been no restart, and ok when they are back."""

import json
from typing import Any

import numpy as np
import pytest

from agents.audio import AudioPartition
from agents.options import AudioOptions
from agents.outputs import NoSavedState, Output, SavedState
from connectors.kafka_lane.committed_state import CommittedState
from models.sound.tuning import SoundTuning
from schemas.records import RecordColumns
from schemas.topics import AUDIO_FRAMES, SENSOR_HEALTH
from tests.property.agents.sounds import START_US, message

OPTIONS = AudioOptions(tuning=SoundTuning(span_s=2.0, hop_s=1.0, learn_s=32.0, calibrate_s=5.0))
RATE_HZ = 8_000
SECONDS = 120
NAMES = ("m2/b", "m1/b", "m1/a", "m2/a")
GONE = {"m1/b": range(30, 200), "m1/a": range(30, 100), "m2/b": range(40, 55)}


def sound(second: int, at: int) -> Any:
    return np.random.default_rng([second, at]).normal(scale=0.1, size=RATE_HZ)


def records(
    start: int, end: int, gone: dict[str, range] = GONE, quiet: range = range(0), numbered: bool = False
) -> RecordColumns:
    """A second of each microphone a second, but for those that are gone; m1/a sends nothing but zeros in `quiet`."""
    sent = []
    for second in range(start, end):
        for at, name in enumerate(NAMES):
            if second not in gone.get(name, ()):
                pressure = sound(second, at) * (name != "m1/a" or second not in quiet)
                # A numbered one goes on counting where it stopped.
                since = gone.get(name, range(0))
                seq = second - (len(since) if second >= since.start else 0) if numbered else None
                of = "fan" if second < 20 else "pump"
                value = message(name, pressure, second * RATE_HZ, seq, RATE_HZ, sensor_type=of)
                sent.append((second * 10 + at, START_US // 1000, b"m", value))
    return RecordColumns.of(AUDIO_FRAMES, 0, sent)


def health(outputs: list[Output]) -> list[Output]:
    return [output for output in outputs if output.topic == SENSOR_HEALTH]


def run(saved: SavedState, start: int, end: int) -> tuple[AudioPartition, list[Output]]:
    partition = AudioPartition(AUDIO_FRAMES, 0, OPTIONS, saved)
    return partition, health(partition.apply(records(start, end)).outputs)


def told(sent: RecordColumns) -> list[tuple[str, str]]:
    outputs = health(AudioPartition(AUDIO_FRAMES, 0, OPTIONS).apply(sent).outputs)
    events = [json.loads(output.value) for output in outputs]
    return [(event["sensor_id"], event["state"]) for event in events]


def test_those_that_stop_are_silent_in_order_of_their_names() -> None:
    _, outputs = run(NoSavedState(), 0, SECONDS)
    events = [json.loads(output.value) for output in outputs]
    assert [(event["sensor_id"], event["state"]) for event in events] == [
        ("m1/a", "silent"),
        ("m1/b", "silent"),
        # For less than twenty periods it only has a gap.
        ("m2/b", "gap"),
        ("m2/b", "ok"),
        ("m1/a", "ok"),
    ]
    first, second, *_ = events
    assert first["ts"] == second["ts"]
    assert (first["asset_id"], first["sensor_type"]) == ("m1", "pump")
    assert first["detail"].startswith("not heard for 2")
    assert len({event["id"] for event in events}) == 5


def test_where_all_stop_together_nobody_is_silent() -> None:
    pause = dict.fromkeys(NAMES, range(30, 90))
    assert "silent" not in {state for _, state in told(records(0, SECONDS, pause))}


def test_one_that_is_silent_by_its_level_is_not_told_again_when_its_frames_stop() -> None:
    sent = records(0, SECONDS, {"m1/a": range(50, 100)}, quiet=range(40, 50))
    assert told(sent) == [("m1/a", "silent"), ("m1/a", "ok")]


def test_one_that_sends_zeros_when_it_is_back_is_silent_still() -> None:
    sent = records(0, SECONDS, {"m1/a": range(50, 100)}, quiet=range(100, 110))
    assert told(sent) == [("m1/a", "silent"), ("m1/a", "ok")]


def test_one_that_lost_nothing_may_pause_again() -> None:
    pauses = {"m1/a": range(40, 70)}
    longer = records(0, SECONDS, pauses, numbered=True)
    assert told(longer)[:2] == [("m1/a", "silent"), ("m1/a", "ok")]
    partition = AudioPartition(AUDIO_FRAMES, 0, OPTIONS)
    partition.apply(longer)
    again = health(partition.apply(records(SECONDS, 200, {"m1/a": range(130, 160)}, numbered=True)).outputs)
    assert "silent" not in {json.loads(output.value)["state"] for output in again}


@pytest.mark.parametrize("cut", [15, 31, 48, 53, 101])
def test_a_restart_changes_nothing(cut: int) -> None:
    whole, expected = run(NoSavedState(), 0, SECONDS)
    before, told_before = run(NoSavedState(), 0, cut)
    state = CommittedState()
    state.begin(before.changes(), 1)
    state.commit()
    # The source was not committed: what is in the state comes again.
    after, told_after = run(state, cut - 8, SECONDS)
    assert told_before + told_after == expected
    state.begin(after.changes(), 2)
    state.commit()
    assert {key: state.read(key) for key in state} == dict(whole.changes())


def test_one_not_heard_since_a_restart_is_missed() -> None:
    before, _ = run(NoSavedState(), 0, 31)
    state = CommittedState()
    state.begin(before.changes(), 1)
    state.commit()
    after, outputs = run(state, 31, 70)
    events = [json.loads(output.value) for output in outputs if b'"silent"' in output.value]
    assert [(event["sensor_id"], event["sensor_type"]) for event in events] == [("m1/a", "pump"), ("m1/b", "pump")]
    assert after.sensors == len(NAMES)
