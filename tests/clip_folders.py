"""Folders of clips with a fault in each: laid out as MIMII does, and flat with a CSV file that lists the clips."""

import csv
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from models.simulation.sound.microphone import PlannedFault, SimulatedMicrophone
from models.simulation.sound.parts import RATE_HZ

CLIP_S, CLIPS = 10, 16


def _clips(kind: str, seed: int) -> tuple[NDArray[np.int16], PlannedFault]:
    sound, (fault,) = SimulatedMicrophone(kind, seed, end_s=CLIP_S * CLIPS).next(CLIP_S * CLIPS * RATE_HZ)
    return sound.reshape(CLIPS, -1), fault


def mimii_folder(folder: Path) -> tuple[float, float]:
    """Write the clips of a fan; return where its fault is, in seconds from their begin."""
    clips, fault = _clips("fan", 3)
    for number, clip in enumerate(clips):
        state = "normal" if (number + 1) * CLIP_S * RATE_HZ <= fault.start else "abnormal"
        path = folder / "fan" / "id_00" / state / f"{number:08}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, clip, RATE_HZ, subtype="PCM_16")
    return fault.start / RATE_HZ, fault.end / RATE_HZ


def listed_folder(folder: Path, begin_s: int) -> tuple[float, float]:
    """Write the clips of a pump, listed with their times from `begin_s` on; return where its fault is."""
    clips, fault = _clips("pump", 5)
    folder.mkdir(parents=True)
    with (folder / "clips.csv").open("w", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(["file", "microphone_id", "sensor_type", "ts"])
        for number, clip in enumerate(clips):
            soundfile.write(folder / f"clip-{number:02}.wav", clip, RATE_HZ, subtype="PCM_16")
            rows.writerow([f"clip-{number:02}.wav", "hall/pump", "pump", begin_s + CLIP_S * number])
    return begin_s + fault.start / RATE_HZ, begin_s + fault.end / RATE_HZ
