"""Folders of clips: whose they are, in which order they were heard, and what is wrong with a list."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from connectors.files.sound_folder import find_sound
from schemas.errors import BadDataError

NOTHING = np.zeros(160, np.int16)


def _wave(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, NOTHING, 16_000)
    return path


def _told(folder: Path) -> list[tuple[str, str, str | None]]:
    found = find_sound(folder)
    assert found is not None
    return [(file.microphone_id, file.path.relative_to(folder).as_posix(), file.sensor_type) for file in found]


def test_the_layout_of_mimii_is_known_and_normal_clips_come_first(tmp_path: Path) -> None:
    for name in ("abnormal/00000000", "normal/00000001", "normal/00000000"):
        _wave(tmp_path / "fan" / "id_02" / f"{name}.wav")
    _wave(tmp_path / "pump" / "id_00" / "normal" / "00000000.wav")
    fan = "fan_id_02/microphone"
    assert _told(tmp_path) == [
        (fan, "fan/id_02/normal/00000000.wav", "fan"),
        (fan, "fan/id_02/normal/00000001.wav", "fan"),
        (fan, "fan/id_02/abnormal/00000000.wav", "fan"),
        ("pump_id_00/microphone", "pump/id_00/normal/00000000.wav", "pump"),
    ]
    assert [microphone for microphone, *_ in _told(tmp_path / "fan" / "id_02")] == [fan] * 3


def test_names_of_dcase_tell_the_machine_and_others_are_machines_of_their_own(tmp_path: Path) -> None:
    for name in ("anomaly_id_00_00000000", "normal_id_00_00000007", "x_fan_normal_normal_id_04_00000001", "drone"):
        _wave(tmp_path / f"{name}.wav")
    assert _told(tmp_path) == [
        ("drone/microphone", "drone.wav", None),
        ("fan_id_04/microphone", "x_fan_normal_normal_id_04_00000001.wav", "fan"),
        ("machine_id_00/microphone", "normal_id_00_00000007.wav", "machine"),
        ("machine_id_00/microphone", "anomaly_id_00_00000000.wav", "machine"),
    ]


def test_a_list_tells_order_names_and_times(tmp_path: Path) -> None:
    for name in ("a", "b", "sub/c"):
        _wave(tmp_path / f"{name}.wav")
    (tmp_path / "clips.csv").write_text(
        "file,microphone_id,asset_id,machine_type,ts\n"
        "b.wav,m1,pump-7,pump,2026-01-02T03:04:05Z\n"
        "sub/c.wav,m1,pump-7,pump,1767323055\n"
        "a.wav,m2,,,\n"
    )
    found = find_sound(tmp_path)
    assert found is not None
    assert [(file.path.name, file.microphone_id, file.asset_id, file.sensor_type) for file in found] == [
        ("b.wav", "m1", "pump-7", "pump"),
        ("c.wav", "m1", "pump-7", "pump"),
        ("a.wav", "m2", "m2", None),
    ]
    assert [file.ts_us for file in found] == [1767323045_000_000, 1767323055_000_000, None]


@pytest.mark.parametrize(
    ("row", "told"), [("gone.wav,", "lists gone.wav, which is not there"), ("a.wav,yesterday", "a time that is none")]
)
def test_a_list_that_is_wrong_is_named(tmp_path: Path, row: str, told: str) -> None:
    _wave(tmp_path / "a.wav")
    (tmp_path / "clips.csv").write_text(f"file,ts\n{row}\n")
    with pytest.raises(BadDataError, match=rf"clips\.csv.*{told}"):
        find_sound(tmp_path)


def test_a_plain_folder_of_waveforms_a_table_beside_it_and_a_file_are_no_clips(tmp_path: Path) -> None:
    path = _wave(tmp_path / "motor.wav")
    (tmp_path / "readings.csv").write_text("ts,value\n1,2\n")
    assert find_sound(tmp_path) is None
    assert find_sound(path) is None
    (tmp_path / "empty").mkdir()
    assert find_sound(tmp_path / "empty") is None
