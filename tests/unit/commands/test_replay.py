"""`replay`: files become messages with the time of the data."""

import json
import time
import wave
from pathlib import Path

import msgspec
import numpy as np
import pytest

from schemas.reading import Reading
from schemas.records import RecordColumns
from schemas.signal_message import decode_signals
from stream_app.cli import run
from tests.unit.commands.conftest import KeptWriter
from tests.unit.commands.series_file import values, write_series


def test_a_long_file_is_one_sensor(writer: KeptWriter, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_series(tmp_path / "motor.csv")
    assert run(["replay", str(path), "--speed", "0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["readings"] == 2000
    readings = [Reading.model_validate_json(value) for _, _, value in writer.sent]
    assert {(topic, key) for topic, key, _ in writer.sent} == {("pdm.readings.v1", b"motor")}
    assert [reading.value for reading in readings] == values(0).tolist()
    first, last = json.loads(writer.sent[0][2])["ts"], json.loads(writer.sent[-1][2])["ts"]
    assert (first, last) == ("2026-01-01T00:00:00.000000Z", "2026-01-01T05:33:10.000000Z")


def test_a_wide_file_becomes_many_sensors_of_one_asset(writer: KeptWriter, tmp_path: Path) -> None:
    path = write_series(tmp_path / "press.csv", columns=3)
    assert run(["replay", str(path), "--speed", "0"]) == 0
    assert {key for _, key, _ in writer.sent} == {b"press"}
    first = [json.loads(value) for _, _, value in writer.sent[:4]]
    assert [r["sensor_id"] for r in first] == ["press/s0", "press/s1", "press/s2", "press/s0"]
    assert {r["asset_id"] for r in first} == {"press"}


def test_speed_is_kept(writer: KeptWriter, tmp_path: Path) -> None:
    import time

    path = tmp_path / "short.csv"
    path.write_text("ts,value\n0,1\n10,2\n20,3\n")
    began = time.monotonic()
    assert run(["replay", str(path), "--speed", "100"]) == 0
    assert 0.2 <= time.monotonic() - began < 2.0
    assert len(writer.sent) == 3


def test_a_missing_value_is_null_and_a_strange_name_stays_whole(writer: KeptWriter, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text('ts,sensor_id,value\n0,"Pumpe ""7""/Öl",\n')
    assert run(["replay", str(path), "--speed", "0"]) == 0
    reading = json.loads(writer.sent[0][2])
    assert reading == {"sensor_id": 'Pumpe "7"/Öl', "ts": "1970-01-01T00:00:00.000000Z", "value": None}
    assert writer.sent[0][1].decode() == 'Pumpe "7"'


def test_a_wav_file_becomes_signal_blocks_that_are_accepted(writer: KeptWriter, tmp_path: Path) -> None:
    samples = np.random.default_rng(1).integers(-9000, 9000, 2500).astype("<i2")
    path = tmp_path / "bearing.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 1000, 2500, "NONE", ""))
        file.writeframes(samples.tobytes())
    assert run(["replay", str(path), "--speed", "0"]) == 0
    assert [(topic, key) for topic, key, _ in writer.sent] == [("pdm.signals.v1", b"bearing")] * 3
    blocks = [msgspec.msgpack.decode(value) for _, _, value in writer.sent]
    assert [block["seq"] for block in blocks] == [0, 1, 2]
    joined = np.concatenate([np.frombuffer(block["samples"], "<f4") for block in blocks])
    assert np.array_equal(np.round(joined * 32_768).astype("<i2"), samples)

    now_ms = time.time_ns() // 1_000_000  # a WAV file knows no time: its blocks begin now
    rows: list[tuple[int, int, bytes | None, bytes | None]] = [
        (i, now_ms, key, value) for i, (_, key, value) in enumerate(writer.sent)
    ]
    accepted, refused = decode_signals(RecordColumns.of("pdm.signals.v1", 0, rows), max_message_bytes=1_000_000)
    assert not refused
    assert [len(block.samples) for block in accepted] == [1000, 1000, 500]
    assert accepted[0].sensor_id == "bearing/ch1"


@pytest.mark.parametrize(
    ("name", "text", "arguments", "code", "word"),
    [
        ("a.csv", "ts,value\n0,x\n", [], 5, "'x'"),
        ("a.csv", "ts,value\n0,1\n", ["--map", "value=other"], 2, "no column 'other'"),
        ("a.csv", "ts,value\n0,1\n", ["--map", "x=y"], 2, "--map"),
        ("a.txt", "", [], 2, "a.txt"),
        ("gone.csv", None, [], 4, "does not exist"),
    ],
)
def test_bad_input_ends_in_a_sentence(
    writer: KeptWriter,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    text: str | None,
    arguments: list[str],
    code: int,
    word: str,
) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    for command in ("replay", "score"):
        assert run([command, str(path), *arguments]) == code
        shown = capsys.readouterr()
        assert word in shown.err
        assert "Traceback" not in shown.err
        assert shown.out == ""
