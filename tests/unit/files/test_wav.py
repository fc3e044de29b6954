"""WAV files become blocks of at most a second for each channel."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from connectors.files.column_map import ColumnMap
from connectors.files.open_file import count_units, is_waveform, read_waveform
from schemas.errors import BadDataError


def test_channels_and_blocks(tmp_path: Path) -> None:
    path = tmp_path / "motor.wav"
    samples = np.random.default_rng(0).integers(-30_000, 30_000, (2500, 2)).astype(np.int16)
    soundfile.write(path, samples, 1000, subtype="PCM_16")
    blocks = list(read_waveform(path, "motor"))
    assert [(b.sensor_id, b.asset_id, b.first, len(b.samples)) for b in blocks] == [
        ("motor/ch1", "motor", 0, 1000),
        ("motor/ch2", "motor", 0, 1000),
        ("motor/ch1", "motor", 1000, 1000),
        ("motor/ch2", "motor", 1000, 1000),
        ("motor/ch1", "motor", 2000, 500),
        ("motor/ch2", "motor", 2000, 500),
    ]
    assert {b.rate_hz for b in blocks} == {1000}
    second = np.concatenate([b.samples for b in blocks if b.sensor_id == "motor/ch2"])
    assert np.array_equal(np.round(second * 32_768).astype(np.int16), samples[:, 1])
    assert count_units(path, ColumnMap()) == 5000


def test_a_text_is_no_wav(tmp_path: Path) -> None:
    path = tmp_path / "no.WAV"
    path.write_text("plain text")
    assert is_waveform(path)
    with pytest.raises(BadDataError, match=r"no\.WAV"):
        list(read_waveform(path, "no"))
