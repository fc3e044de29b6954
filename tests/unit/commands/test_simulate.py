"""`simulate`: what it publishes, what it writes down as truth, and what it refuses."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from schemas.reading import Reading
from stream_app.cli import run
from tests.unit.commands.conftest import KeptWriter

START = "2026-01-02T03:04:05Z"
FAST = ["simulate", "--fast", "--start", START, "--sensors", "20", "--rate", "10", "--seed", "7"]


def test_every_message_is_a_valid_reading_keyed_by_its_asset(writer: KeptWriter) -> None:
    assert run([*FAST, "--duration", "3"]) == 0
    assert len(writer.sent) == 20 * 30
    last: dict[str, tuple[int, str]] = {}
    for topic, key, value in writer.sent:
        assert topic == "pdm.readings.v1"
        reading = Reading.model_validate_json(value)
        assert reading.asset_id is not None
        assert reading.asset_id.encode() == key
        assert reading.unit
        assert reading.sensor_type
        assert reading.seq is not None
        if reading.sensor_id in last:
            assert reading.seq == last[reading.sensor_id][0] + 1
            assert json.loads(value)["ts"] > last[reading.sensor_id][1]
        last[reading.sensor_id] = (reading.seq, json.loads(value)["ts"])
    assert len(last) == 20


def test_the_same_seed_publishes_the_same_bytes(writer: KeptWriter) -> None:
    for _ in range(2):
        assert run([*FAST, "--duration", "5"]) == 0
    half = len(writer.sent) // 2
    assert writer.sent[:half] == writer.sent[half:]
    assert run([*FAST[:-1], "8", "--duration", "5"]) == 0
    assert writer.sent[2 * half :] != writer.sent[:half]


def test_arrays_hold_the_same_readings(writer: KeptWriter) -> None:
    assert run([*FAST, "--duration", "3"]) == 0
    single = sorted(value for _, _, value in writer.sent)
    writer.sent.clear()
    assert run([*FAST, "--duration", "3", "--per-message", "7"]) == 0
    arrays = [json.loads(value) for _, _, value in writer.sent]
    assert max(map(len, arrays)) == 7
    for array, (_, key, _) in zip(arrays, writer.sent, strict=True):
        assert {reading["asset_id"].encode() for reading in array} == {key}
    assert sorted(json.loads(v)["ts"] + json.loads(v)["sensor_id"] for v in single) == sorted(
        reading["ts"] + reading["sensor_id"] for array in arrays for reading in array
    )


def test_the_truth_names_faults_that_are_in_the_data(writer: KeptWriter, tmp_path: Path) -> None:
    truth = tmp_path / "truth.jsonl"
    assert run([*FAST, "--duration", "140", "--scenario", "step", "--truth", str(truth)]) == 0
    faults = [json.loads(line) for line in truth.read_text().splitlines()]
    assert faults
    for fault in faults:
        assert set(fault) == {"asset_id", "sensor_id", "fault", "start_ts", "end_ts"}
        readings = [json.loads(v) for _, _, v in writer.sent if json.loads(v)["sensor_id"] == fault["sensor_id"]]
        inside = [r["value"] for r in readings if fault["start_ts"] <= r["ts"] <= fault["end_ts"]]
        outside = [r["value"] for r in readings if not fault["start_ts"] <= r["ts"] <= fault["end_ts"]]
        assert len(inside) >= 100
        assert min(inside) > max(outside) or max(inside) < min(outside)


def test_missing_values_are_null(writer: KeptWriter) -> None:
    assert run([*FAST, "--duration", "100", "--scenario", "dropout"]) == 0
    assert any(json.loads(value)["value"] is None for _, _, value in writer.sent)


def test_disordered_readings_come_twice_or_after_their_successor(writer: KeptWriter) -> None:
    assert run([*FAST, "--duration", "60", "--scenario", "disordered"]) == 0
    seqs: dict[str, list[int]] = {}
    for _, _, value in writer.sent:
        reading = json.loads(value)
        seqs.setdefault(reading["sensor_id"], []).append(reading["seq"])
    twice = sum(len(s) - len(set(s)) for s in seqs.values())
    back = sum(a == b + 1 for s in seqs.values() for a, b in pairwise(s))
    readings = 20 * 600
    assert 0.005 * readings < twice < 0.02 * readings
    assert 0.005 * readings < back < 0.02 * readings


def test_the_result_as_json(writer: KeptWriter, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*FAST, "--duration", "2", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["readings"] == result["messages"] == 400
    assert result["sensors"] == 20


def test_scenarios_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["simulate", "--list"]) == 0
    assert "overload" in capsys.readouterr().out
    assert run(["simulate", "--list", "--json"]) == 0
    assert {"mixed", "healthy"} <= {s["name"] for s in json.loads(capsys.readouterr().out)["scenarios"]}


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["--fast"], 2, "--duration"),
        (["--start", START, "--duration", "1"], 2, "--fast"),
        (["--scenario", "storm", "--duration", "1"], 2, "'storm'"),
        (["--rate", "0", "--duration", "1"], 2, "rate of 0"),
        (["--fast", "--duration", "1", "--start", "yesterday"], 2, "yesterday"),
        (["--fast", "--duration", "1", "--truth", "/no/such/folder/truth"], 4, "/no/such/folder/truth"),
        (["--sensors", "0"], 2, "sensors"),
    ],
)
def test_what_cannot_work_is_refused_in_a_sentence(
    writer: KeptWriter, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, word: str
) -> None:
    assert run(["simulate", *arguments]) == code
    shown = capsys.readouterr()
    assert word in shown.err
    assert "Traceback" not in shown.err
    assert not writer.sent
