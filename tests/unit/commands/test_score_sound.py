"""`score` on a folder of clips: the anomalies that the audio lane finds, and the frames that `replay` sends."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from connectors.files.sound_folder import SoundFile, find_sound
from models.simulation.sound.parts import RATE_HZ
from schemas.audio_message import read_audio
from schemas.times import parse_time
from stream_app.cli import run
from stream_app.publishing.sound_messages import CHUNK_FRAMES, sound_messages
from tests.clip_folders import mimii_folder


def test_a_fault_in_a_folder_of_clips_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAM_APP_AUDIO__LEARN_S", "40")
    monkeypatch.setenv("STREAM_APP_AUDIO__CALIBRATE_S", "20")
    begin_s, end_s = mimii_folder(tmp_path)
    assert run(["score", str(tmp_path)]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    raised = [event for event in events if event["type"] == "AnomalyRaised"]
    assert raised
    assert {(event["lane"], event["sensor_id"], event["sensor_type"]) for event in raised} == {
        ("audio", "fan_id_00/microphone", "fan")
    }
    assert begin_s <= parse_time(raised[0]["ts"]) / 1e6 <= end_s


def _clip(path: Path, seconds: float, seed: int) -> Path:
    samples = np.random.default_rng(seed).integers(-9_000, 9_000, round(seconds * RATE_HZ)).astype(np.int16)
    soundfile.write(path, samples, RATE_HZ, subtype="PCM_16")
    return path


def test_frames_hold_every_sample_in_order_of_time_and_clips_follow_each_other(tmp_path: Path) -> None:
    files = [
        SoundFile(_clip(tmp_path / "a1.wav", 11.3, 1), "a/mic", "a", "fan"),
        SoundFile(_clip(tmp_path / "a2.wav", 1.0, 2), "a/mic", "a", "fan"),
        SoundFile(_clip(tmp_path / "b.wav", 12.0, 3), "b/mic", "b", None, ts_us=5_000_000),
    ]
    chunks = list(sound_messages(files, 1_000_000))
    assert max(len(chunk.keys) for chunk in chunks) == CHUNK_FRAMES
    ts_us = np.concatenate([chunk.ts_us for chunk in chunks])
    assert (np.diff(ts_us) >= 0).all()
    frames = [read_audio(value) for chunk in chunks for value in chunk.values]
    assert [frame.ts_us for frame in frames] == ts_us.tolist()
    of_a = [frame for frame in frames if frame.microphone_id == "a/mic"]
    assert [frame.seq for frame in of_a] == list(range(len(of_a)))
    whole = np.concatenate([soundfile.read(file.path, dtype="float32")[0] for file in files[:2]])
    assert np.array_equal(np.concatenate([frame.samples[:, 0] for frame in of_a]), whole)
    assert of_a[23].ts_us == 1_000_000 + 11_300_000
    assert (of_a[0].ts_us, of_a[0].sensor_type, of_a[0].asset_id) == (1_000_000, "fan", "a")
    assert min(frame.ts_us for frame in frames if frame.microphone_id == "b/mic") == 5_000_000
    assert "sensor_type" not in msgspec.msgpack.decode(
        next(value for chunk in chunks for value in chunk.values if b"b/mic" in value)
    )


def test_a_clip_that_is_no_sound_ends_with_5(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "normal_id_00_00000000.wav").write_bytes(b"RIFF, or so")
    assert find_sound(tmp_path) is not None
    assert run(["score", str(tmp_path)]) == 5
    assert "normal_id_00_00000000.wav" in capsys.readouterr().err
