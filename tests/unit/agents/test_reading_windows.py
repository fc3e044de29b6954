"""Windows of a partition's readings as they are published: feature rows, and the pattern of a fault."""

import json
from itertools import pairwise

import numpy as np
import pytest

from agents.feature_rows import COLUMNS
from agents.options import SAMPLED_EVERY, Publish, ReadingsOptions
from agents.outputs import Applied, Output
from agents.readings import ReadingsPartition
from models.features.extractors import WINDOW_FEATURES, window_features
from models.tuning import Tuning
from models.windows.tuning import WindowShape, WindowTuning
from schemas.feature_block import IMPUTED, LEARNING, UNHEALTHY_SENSOR, FeatureBlock, decode_feature_block
from schemas.records import RecordColumns
from schemas.topics import ANOMALIES, FEATURES

START_S = 1_767_225_600
NOW_MS = (START_S + 100_000) * 1000
Row = tuple[int, int, bytes, bytes]


def partition(publish: Publish = "all", **windows: object) -> ReadingsPartition:
    tuning = WindowTuning(learn_rows=8, **windows)  # type: ignore[arg-type]
    options = ReadingsOptions(tuning=Tuning(learn_readings=100), windows=tuning, publish_features=publish)
    return ReadingsPartition("t", 3, options)


def reading(sensor: str, at: int, value: float) -> dict[str, object]:
    return {"sensor_id": sensor, "ts": START_S + at, "value": value, "seq": at, "sensor_type": sensor[-4:]}


def one_by_one(sensor: str, values: np.ndarray, first: int = 0) -> list[Row]:
    return [
        (first + k, NOW_MS, b"pump", json.dumps(reading(sensor, first + k, value)).encode())
        for k, value in enumerate(values.tolist())
    ]


def apply(lane: ReadingsPartition, rows: list[Row]) -> Applied:
    return lane.apply(RecordColumns.of("t", 3, rows))


def blocks(outputs: list[Output]) -> list[FeatureBlock]:
    return [decode_feature_block(output.value) for output in outputs if output.topic == FEATURES]


def test_a_row_holds_the_band_and_the_features_of_its_window() -> None:
    values = np.random.default_rng(1).normal(50.0, 1.0, 500)
    outputs = apply(partition(), one_by_one("pump/temp", values)).outputs
    found = blocks(outputs)
    assert len(found) == (500 - 64) // 16 + 1
    for number, block in enumerate(found):
        begin, end = 16 * number, 16 * number + 64
        assert (block.lane, block.columns, block.asset_id) == ("readings", COLUMNS, "pump")
        assert (block.sensor_ids, block.sensor_types) == (["pump/temp"], ["temp"])
        assert block.ts_us.tolist() == [(START_S + end - 1) * 1_000_000]
        assert block.start_ts_us.tolist() == [(START_S + begin) * 1_000_000]
        source = block.source
        assert (source.topic, source.partition, source.first_offset, source.last_offset) == ("t", 3, begin, end - 1)
        assert block.values[0, 0] == np.float32(values[end - 1])
        expected = window_features(values[None, begin:end])
        np.testing.assert_allclose(block.values[:, 4:], expected, rtol=2e-3, atol=1e-3)
        low, level, high = block.values[0, [2, 1, 3]].tolist()
        assert np.isnan(level) if block.flags[0] & LEARNING else low < level < high
    assert found[0].flags[0] & LEARNING
    assert found[-1].flags[0] == 0
    keys = {(output.key, output.headers) for output in outputs if output.topic == FEATURES}
    assert keys == {(b"pump", (("content-type", b"application/msgpack"),))}


@pytest.mark.parametrize(("publish", "every"), [("all", 1), ("sampled", SAMPLED_EVERY), ("none", 0)])
def test_how_many_rows_are_published(publish: Publish, every: int) -> None:
    rows = one_by_one("pump/temp", np.random.default_rng(1).normal(50.0, 1.0, 3000))
    found = blocks(apply(partition(publish), rows).outputs)
    ends = [int(block.ts_us[0] // 1_000_000) - START_S + 1 for block in found]
    assert ends == [end for end in range(64, 3001, 16) if every and end // 16 % every == 0]


def test_one_message_a_record_and_asset_however_batches_are_cut() -> None:
    rng = np.random.default_rng(2)
    rows = []
    for offset in range(40):
        readings = [
            reading(sensor, 8 * offset + k, rng.normal())
            for sensor in ("pump/temp", "pump/flow", "fan/temp")
            for k in range(8)
        ]
        rows.append((offset, NOW_MS, b"pump", json.dumps(readings).encode()))
    whole = [output for output in apply(partition(), rows).outputs if output.topic == FEATURES]
    found = blocks(whole)
    assert [(block.source.last_offset, block.asset_id, block.sensor_ids) for block in found[:2]] == [
        (7, "pump", ["pump/temp", "pump/flow"]),
        (7, "fan", ["fan/temp"]),
    ]
    assert len(found) == 2 * (320 - 48) // 16
    assert len({output.position for output in whole}) == len(whole)
    parts = partition()
    again = [output for begin, end in pairwise([0, 3, 4, 17, 40]) for output in apply(parts, rows[begin:end]).outputs]
    assert [output for output in again if output.topic == FEATURES] == whole


def test_rows_are_flagged() -> None:
    values = np.random.default_rng(3).normal(50.0, 1.0, 700)
    rows = one_by_one("pump/temp", values)
    del rows[300]
    # A sensor that stands still.
    rows[400:] = one_by_one("pump/temp", np.full(300, 50.0), first=400)[1:] + rows[:0]
    found = blocks(apply(partition(), rows).outputs)
    flags = {int(block.ts_us[0] // 1_000_000) - START_S: int(block.flags[0]) for block in found}
    imputed = [end for end, flag in flags.items() if flag & IMPUTED]
    assert imputed
    assert all(300 < end < 300 + 64 + 16 for end in imputed)
    assert flags[max(flags)] & UNHEALTHY_SENSOR


def test_a_fault_is_published_as_a_pattern_with_its_features() -> None:
    values = np.random.default_rng(4).normal(50.0, 1.0, (3000, 3))
    k = np.arange(400)
    values[2000:2400, 1] = 50.0 + 1.4 * np.sin(2.0 * np.pi * k / 8.0) + 0.1 * (values[2000:2400, 1] - 50.0)
    rows: list[Row] = []
    for at, of in enumerate(values.tolist()):
        readings = [reading(f"pump{number}/temp", at, value) for number, value in enumerate(of)]
        rows.append((at, NOW_MS, b"pump", json.dumps(readings).encode()))
    lane = partition("none")
    applied = apply(lane, rows)
    events = [json.loads(output.value) for output in applied.outputs if output.topic == ANOMALIES]
    patterns = [event for event in events if event["kind"] == "pattern"]
    raised, cleared = patterns
    assert raised["sensor_id"] == cleared["sensor_id"] == "pump1/temp"
    assert raised["anomaly_id"] == cleared["anomaly_id"]
    assert 2064 <= raised["source"]["last_offset"] <= 2160
    assert raised["features"][0]["name"] in WINDOW_FEATURES
    assert raised["lane"] == "readings"
    assert applied.transitions["pattern", "raised"] == applied.transitions["pattern", "cleared"] == 1


def test_windows_of_a_type_may_have_another_shape() -> None:
    values = np.random.default_rng(1).normal(50.0, 1.0, 300)
    lane = partition(shape_of_type={"flow": WindowShape(32, 32)})
    found = blocks(apply(lane, one_by_one("pump/flow", values)).outputs)
    assert [int(block.ts_us[0] - block.start_ts_us[0]) // 1_000_000 for block in found] == [31] * (300 // 32)
