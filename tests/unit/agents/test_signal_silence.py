"""Waveform sensors that send no more are silent, as if there had been no restart, and ok when they are back."""

import json
from typing import Any

import numpy as np
import pytest

from agents.options import SignalsOptions
from agents.outputs import NoSavedState, Output, SavedState
from agents.signals import SignalsPartition
from connectors.kafka_lane.committed_state import CommittedState
from models.blocks.tuning import BlockTuning
from schemas.records import RecordColumns
from schemas.topics import SENSOR_HEALTH, SIGNALS
from tests.property.agents.waveforms import START_US, block

OPTIONS = SignalsOptions(tuning=BlockTuning(learn_blocks=12, learn_s=0.0))
GONE = {"m1/b": range(30, 200), "m1/a": range(30, 100), "m2/b": range(40, 55)}
NAMES = ("m2/b", "m1/b", "m1/a", "m2/a")
SECONDS = 120


def records(start: int, end: int) -> RecordColumns:
    """One block of each sensor a second; one stops, one comes back after 70 s, one pauses for 15 s."""
    sent = []
    for second in range(start, end):
        for at, name in enumerate(NAMES):
            if second not in GONE.get(name, ()):
                samples = np.random.default_rng([second, at]).normal(size=64)
                unit = "g" if second < 20 else "m/s2"
                value = block(name, second, samples, unit=unit, seq=None)
                sent.append((second * 10 + at, START_US // 1000, b"m", value))
    return RecordColumns.of(SIGNALS, 0, sent)


def run(saved: SavedState, start: int, end: int) -> tuple[SignalsPartition, list[Output]]:
    partition = SignalsPartition(SIGNALS, 0, OPTIONS, saved)
    return partition, [o for o in partition.apply(records(start, end)).outputs if o.topic == SENSOR_HEALTH]


def events(outputs: list[Output]) -> list[dict[str, Any]]:
    return [json.loads(output.value) for output in outputs]


def test_those_that_stop_are_silent_in_order_of_their_names() -> None:
    _, outputs = run(NoSavedState(), 0, SECONDS)
    told = events(outputs)
    assert [(event["sensor_id"], event["state"]) for event in told] == [
        ("m1/a", "silent"),
        ("m1/b", "silent"),
        # For less than twenty periods it only has a gap.
        ("m2/b", "gap"),
        ("m2/b", "ok"),
        ("m1/a", "ok"),
    ]
    first, second, *_ = told
    assert first["ts"] == second["ts"]
    assert (first["asset_id"], first["unit"]) == ("m1", "m/s2")
    assert first["detail"].startswith("not heard for 2")
    assert len({event["id"] for event in told}) == 5


def test_where_all_stop_together_nobody_is_silent() -> None:
    partition = SignalsPartition(SIGNALS, 0, OPTIONS)
    partition.apply(records(0, 30))
    late = [(10_000, START_US // 1000 + 900_000, b"m", block("m2/a", 900, np.ones(64) + np.arange(64), seq=None))]
    outputs = partition.apply(RecordColumns.of(SIGNALS, 0, late)).outputs
    assert not [e for e in events([o for o in outputs if o.topic == SENSOR_HEALTH]) if e["state"] == "silent"]


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
