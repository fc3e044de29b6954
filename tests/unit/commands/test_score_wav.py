"""`score` on a waveform: the pattern anomalies that the signals lane finds in it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from stream_app.cli import run

RATE_HZ = 4_000
FAULT_FROM_S, FAULT_TO_S, END_S = 50, 56, 66


def write_fan(path: Path) -> Path:
    """Write a hum on two channels, and a whine on the first for six seconds."""
    random = np.random.default_rng(1)
    seconds = np.arange(END_S * RATE_HZ) / RATE_HZ
    healthy = 0.2 * np.sin(2 * np.pi * 50.0 * seconds) + 0.02 * random.normal(size=len(seconds))
    fault = (seconds >= FAULT_FROM_S) & (seconds < FAULT_TO_S)
    left = healthy + np.where(fault, 0.2 * np.sin(2 * np.pi * 1_100.0 * seconds), 0.0)
    soundfile.write(path, np.column_stack([left, healthy]), RATE_HZ, subtype="PCM_16")
    return path


def test_a_whine_comes_out_as_a_pattern(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, plot = write_fan(tmp_path / "fan.wav"), tmp_path / "fan.html"
    assert run(["score", str(path), "--plot", str(plot)]) == 0
    raised, cleared = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (raised["type"], cleared["type"]) == ("AnomalyRaised", "AnomalyCleared")
    assert (raised["kind"], raised["lane"], raised["sensor_id"]) == ("pattern", "signals", "fan/ch1")
    assert raised["anomaly_id"] == cleared["anomaly_id"]
    assert raised["start_ts"] == f"1970-01-01T00:00:{FAULT_FROM_S}.000000Z"
    assert cleared["end_ts"] == f"1970-01-01T00:00:{FAULT_TO_S}.000000Z"
    assert raised["features"][0]["direction"] in {"high", "low"}
    page = plot.read_text("utf-8")
    assert "fan/ch1" in page
    # The whine and the hum are the two highest peaks of the anomaly's spectrum; the healthy channel has the hum alone.
    assert re.findall(r"peaks ([0-9.]+) (k?Hz), ([0-9.]+) (k?Hz)", page)[0][1::2] in {("kHz", "Hz"), ("Hz", "kHz")}
    assert page.count('class="anomaly" d="M') == 1
    assert page.count('class="healthy" d="M') == page.count('class="now" d="M') == 2


def test_an_assets_file_that_is_wrong_ends_with_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = tmp_path / "assets.toml"
    facts.write_text("[assets.fan]\nspeed = 1\n", "utf-8")
    monkeypatch.setenv("STREAM_APP_ASSETS_FILE", str(facts))
    assert run(["score", str(write_fan(tmp_path / "fan.wav"))]) == 3
    assert "assets.fan.speed" in capsys.readouterr().err
