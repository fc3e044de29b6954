"""However blocks are batched, and whenever a worker is restarted, they lead to the same outputs and the same state."""

import json
from collections.abc import Iterator
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.options import SignalsOptions
from agents.outputs import Output
from agents.signals import SignalsPartition
from models.blocks.tuning import BlockTuning
from schemas.feature_block import decode_feature_block
from schemas.topics import ANOMALIES, DEAD_LETTERS, FEATURES, SENSOR_HEALTH, SIGNALS
from tests.property.agents.waveforms import Raw, columns, stream

OPTIONS = SignalsOptions(tuning=BlockTuning(learn_blocks=12, learn_s=0.0))
RAW = stream(1)


class Kept:
    """Saved state in a dict."""

    def __init__(self) -> None:
        self.states: dict[bytes, bytes] = {}

    def read(self, key: bytes) -> bytes | None:
        """Return what was saved."""
        return self.states.get(key)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.states)


def _run(raw: list[Raw], cuts: list[int], restarts: bool = False) -> tuple[list[Output], dict[bytes, bytes], int]:
    """Return outputs, state and units of `raw` in batches that end at `cuts`, by one worker or a new one each."""
    kept = Kept()
    partition = SignalsPartition(SIGNALS, 2, OPTIONS, kept)
    outputs: list[Output] = []
    units = 0
    for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        if restarts:
            partition = SignalsPartition(SIGNALS, 2, OPTIONS, kept)
        applied = partition.apply(columns(raw[start:end]))
        outputs += applied.outputs
        units += applied.units
        kept.states.update(partition.changes())
    return outputs, kept.states, units


WHOLE = _run(RAW, [])
_cuts = st.lists(st.integers(0, len(RAW)), max_size=6).map(sorted)


def test_the_stream_leads_to_everything() -> None:
    outputs, _, _ = WHOLE
    anomalies = [json.loads(output.value) for output in outputs if output.topic == ANOMALIES]
    assert [(a["type"], a["sensor_id"], a["kind"], a["lane"]) for a in anomalies] == [
        ("AnomalyRaised", "m0/v", "pattern", "signals"),
        ("AnomalyCleared", "m0/v", "pattern", "signals"),
    ]
    assert anomalies[0]["anomaly_id"] == anomalies[1]["anomaly_id"]
    assert anomalies[0]["features"][0]["direction"] == "high"
    letters = [json.loads(output.value) for output in outputs if output.topic == DEAD_LETTERS]
    assert [(letter["reason"], letter["stage"]) for letter in letters] == [
        ("not_msgpack", "decode"),
        ("bad_time", "order"),
    ]
    health = [json.loads(output.value) for output in outputs if output.topic == SENSOR_HEALTH]
    assert [(change["sensor_id"], change["state"], change["detail"]) for change in health] == [
        ("m1/v", "stuck", "128 equal samples of 1 in a row"),
        ("m1/v", "ok", "3 good blocks in a row after stuck"),
    ]
    rows = [decode_feature_block(output.value) for output in outputs if output.topic == FEATURES]
    assert len(rows) == len(RAW) - 3
    assert {int(row.flags[0]) for row in rows} == {0, 2, 4, 8}
    assert [output.position for output in outputs] == sorted(output.position for output in outputs)


@settings(max_examples=15, deadline=None)
@given(_cuts)
def test_batches_cut_anywhere_lead_to_the_same(cuts: list[int]) -> None:
    assert _run(RAW, cuts) == WHOLE


@settings(max_examples=15, deadline=None)
@given(_cuts)
def test_a_worker_that_was_restarted_goes_on_as_if_nothing_had_been(cuts: list[int]) -> None:
    assert _run(RAW, cuts, restarts=True) == WHOLE


@settings(max_examples=5, deadline=None)
@given(st.integers(0, len(RAW)))
def test_blocks_that_come_again_after_a_restart_change_nothing(cut: int) -> None:
    kept = Kept()
    first = SignalsPartition(SIGNALS, 2, OPTIONS, kept)
    first.apply(columns(RAW[:cut]))
    kept.states.update(first.changes())
    again = SignalsPartition(SIGNALS, 2, OPTIONS, kept)
    applied = again.apply(columns(RAW[:cut]))
    assert applied.units == 0
    assert {output.topic for output in applied.outputs} <= {DEAD_LETTERS}
    again.apply(columns(RAW[cut:]))
    kept.states.update(again.changes())
    assert kept.states == WHOLE[1]


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000))
def test_sensors_do_not_touch_each_other(seed: int) -> None:
    by_sensor: dict[bytes, list[bytes | None]] = {}
    for _, _, _, value in RAW:
        assert value is not None
        by_sensor.setdefault(value[11:16], []).append(value)
    order = [key for key, values in by_sensor.items() for _ in values]
    Random(seed).shuffle(order)
    waiting = {key: iter(values) for key, values in by_sensor.items()}
    mixed: list[Raw] = [(i, RAW[0][1], b"k", next(waiting[key])) for i, key in enumerate(order)]
    assert _told(_run(mixed, [])[0]) == _told(WHOLE[0])


def _told(outputs: list[Output]) -> dict[str, list[tuple[object, ...]]]:
    """Return by sensor what was told, without places."""
    told: dict[str, list[tuple[object, ...]]] = {}
    for output in outputs:
        if output.topic == FEATURES:
            row = decode_feature_block(output.value)
            told.setdefault(row.sensor_ids[0], []).append((row.values.tobytes(), int(row.flags[0])))
        elif output.topic == ANOMALIES:
            event = json.loads(output.value)
            told.setdefault(event["sensor_id"], []).append((event["type"], event["score"], str(event["features"])))
    return told
