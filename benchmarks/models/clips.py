"""Clips to train models of sound on: simulated fans at seeded speeds, heard through the microphones' own bank."""

import numpy as np

from models.simulation.sound.microphone import PCM16, SimulatedMicrophone
from models.sound.bank import SoundBank
from models.sound.columns import CLIP_COLUMNS
from models.sound.framing import RATE_HZ
from models.sound.hearing import SoundBatch
from models.sound.tuning import SoundTuning
from models.training.feature_rows import FeatureRows
from models.training.fit_model import TrainingRows, training_rows
from models.training.standard_clips import standardise_clips

MICROPHONES, SECONDS = 3, 640
"""So many clips that a bank of the largest size is full."""


def simulated_clips() -> TrainingRows:
    """Return a clip each second of MICROPHONES healthy fans."""
    bank, one = SoundBank(SoundTuning()), np.ones(1, np.int64)
    sensor, ends, values = [], [], []
    for row in range(MICROPHONES):
        microphone = SimulatedMicrophone("fan", row, faulty=False)
        for second in range(SECONDS):
            sound = (microphone.next(RATE_HZ)[0] / PCM16).astype(np.float32)
            columns = (row * one, second * one, second * 1_000_000 * one, second * one, RATE_HZ * one, one)
            looks = bank.advance(SoundBatch(*columns, [sound])).looks
            for i in np.flatnonzero(looks.is_clip).tolist():
                sensor.append(row)
                ends.append((second + 1) * 1_000_000)
                values.append(looks.clip[i].astype(np.float64))
    ts_us, n = np.array(ends), len(ends)
    names = tuple(f"fan-{row}/mic" for row in range(MICROPHONES))
    rows = FeatureRows(
        CLIP_COLUMNS, names, np.array(sensor), ts_us, ts_us - 10_000_000, np.zeros(n, np.int64), np.array(values),
        np.zeros(n, np.bool_),
    )  # fmt: skip
    standard = standardise_clips(rows)
    return training_rows(rows, standard.z, standard.usable, "audio")
