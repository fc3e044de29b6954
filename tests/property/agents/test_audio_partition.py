"""However sound is cut into frames and frames into batches, and whoever dies: the same scores, events and state."""

import json
from collections import Counter
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.audio import AudioPartition
from agents.options import AudioOptions
from agents.outputs import Output, SavedState
from models.sound.tuning import SoundTuning
from schemas.feature_block import decode_feature_block
from schemas.topics import ANOMALIES, AUDIO_FRAMES, DEAD_LETTERS, FEATURES, SENSOR_HEALTH
from tests.property.agents.crashes import Row, Step, Worker, one_pass, steps
from tests.property.agents.sounds import START_US, cut, noise, stream

OPTIONS = AudioOptions(
    tuning=SoundTuning(span_s=1.0, hop_s=0.25, learn_s=8.0, calibrate_s=5.0), keep_channels=True, publish_features="all"
)


def new(saved: SavedState) -> AudioPartition:
    return AudioPartition(AUDIO_FRAMES, 0, OPTIONS, saved)


ROWS = stream(1)
WHOLE = one_pass(AUDIO_FRAMES, new, ROWS)


def _of(outputs: list[Output], topic: str) -> list[dict[str, Any]]:
    return [json.loads(output.value) for output in outputs if output.topic == topic]


def test_the_stream_leads_to_everything() -> None:
    outputs, states = WHOLE
    anomalies = [(e["type"], e["sensor_id"], e["kind"], e["lane"]) for e in _of(outputs, ANOMALIES)]
    assert anomalies == [
        ("AnomalyRaised", "a/mic", "pattern", "audio"),
        ("AnomalyCleared", "a/mic", "pattern", "audio"),
    ]
    raised = _of(outputs, ANOMALIES)[0]
    assert raised["features"][0]["name"] in {"logmel_42_2790_hz", "logmel_43_2928_hz"}
    assert raised["features"][0]["direction"] == "high"
    health = [(e["sensor_id"], e["state"]) for e in _of(outputs, SENSOR_HEALTH)]
    assert [state for name, state in health if name == "c/mic"] == ["out_of_range", "silent"]
    assert [state for name, state in health if name == "b/mic/ch1"] == ["gap", "ok"]
    assert [state for name, state in health if name == "b/mic/ch2"] == ["gap", "ok"]
    for name, ends in (("d/mic/ch1", ["ok"]), ("d/mic/ch2", ["ok"]), ("e/mic", [])):
        assert [state for of, state in health if of == name] == ["silent", *ends]
    missed = [e for e in _of(outputs, SENSOR_HEALTH) if e["detail"].startswith("not heard for 1")]
    assert [e["sensor_id"] for e in missed] == ["d/mic/ch1", "d/mic/ch2", "e/mic"]
    assert len({e["id"] for e in _of(outputs, SENSOR_HEALTH)}) == len(health)
    letters = Counter((letter["reason"], letter["stage"]) for letter in _of(outputs, DEAD_LETTERS))
    assert letters == {("not_msgpack", "decode"): 1, ("bad_time", "order"): 1}
    assert [output.position for output in outputs] == sorted(output.position for output in outputs)
    assert len({(output.topic, output.position) for output in outputs}) == len(outputs)
    assert max(map(len, states.values())) <= 65_536


@settings(max_examples=15, deadline=None)
@given(steps(60))
def test_cuts_and_crashes_change_nothing(then: list[Step]) -> None:
    worker = Worker(AUDIO_FRAMES, new)
    worker.run(ROWS, then, 23)
    assert [(o.topic, o.position, o.key, o.value) for o in worker.log] == [
        (o.topic, o.position, o.key, o.value) for o in WHOLE[0]
    ]
    assert worker.states() == WHOLE[1]


SOUND = noise(12.0, 16_000, 5)


def _features(rate_hz: int, sizes: list[int], numbered: bool) -> list[tuple[int, bytes]]:
    rows: list[Row] = [
        (i, START_US // 1000, b"k", value)
        for i, value in enumerate(cut("a/m", SOUND[: 12 * rate_hz], rate_hz, sizes, numbered))
    ]
    outputs, _ = one_pass(AUDIO_FRAMES, new, rows)
    blocks = [decode_feature_block(output.value) for output in outputs if output.topic == FEATURES]
    return [(int(block.ts_us[0]), block.values.tobytes()) for block in blocks]


BY_SECONDS = {rate_hz: _features(rate_hz, [rate_hz], True) for rate_hz in (16_000, 44_100)}


@settings(max_examples=15, deadline=None)
@given(
    rate_hz=st.sampled_from([16_000, 44_100]),
    frames_ms=st.lists(st.integers(11, 9_000), min_size=1, max_size=8),
    numbered=st.booleans(),
)
def test_frames_of_any_size_lead_to_the_same_features(rate_hz: int, frames_ms: list[int], numbered: bool) -> None:
    found = _features(rate_hz, [ms * rate_hz // 1000 for ms in frames_ms], numbered)
    assert [values for _, values in found] == [values for _, values in BY_SECONDS[rate_hz]]
    np.testing.assert_allclose([ts for ts, _ in found], [ts for ts, _ in BY_SECONDS[rate_hz]], atol=1)
