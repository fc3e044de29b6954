"""Features of sound, streamed in pieces, against librosa on the whole of it."""

from itertools import pairwise
from unittest.mock import patch

import librosa
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from models.sound.bank import SoundBank
from models.sound.columns import (
    BAND_EDGES_HZ,
    CLIP_COLUMNS,
    CLIPPED_AT,
    CROSSINGS_AT,
    FIRST_BAND,
    FIRST_CONTRAST,
    FIRST_DELTA,
    FIRST_MFCC,
    FIRST_SPECTRAL,
    FRAME_COLUMNS,
    RMS_AT,
)
from models.sound.frame_features import frame_features
from models.sound.framing import FRAME_SAMPLES, HOP_SAMPLES, RATE_HZ
from models.sound.hearing import SoundBatch
from models.sound.mel import MEL_BANDS, mel_filters
from models.sound.tuning import SoundTuning
from tests.shared_data import shared_data


def _made(kind: str) -> NDArray[np.float32]:
    random, at = np.random.default_rng(3), np.arange(40_000) / RATE_HZ
    made = {
        "noise": 0.1 * random.normal(size=40_000),
        "chirp": 0.5 * np.sin(2 * np.pi * (100.0 + 1_500.0 * at) * at),
        "pulses": 0.3 * (np.arange(40_000) % 800 < 20) + 1e-3 * random.normal(size=40_000),
        "loud": np.clip(random.normal(size=40_000), -1.0, 1.0),
    }
    return made[kind].astype(np.float32)


def _sound(kind: str) -> NDArray[np.float32]:
    if kind not in {"fan", "propeller"}:
        return _made(kind)
    name = "dcase2020_fan_normal_normal_id_00_00000000" if kind == "fan" else "uav_1_broken_4"
    sound, _ = soundfile.read(shared_data("audio") / f"{name}.wav", dtype="float32")
    return np.asarray(sound, np.float32)


def reference(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return FRAME_COLUMNS (n, columns) by librosa in double precision, at the frames that lie within the sound."""
    wide = sound.astype(np.float64)
    size = np.abs(librosa.stft(wide, n_fft=FRAME_SAMPLES, hop_length=HOP_SAMPLES, center=False))
    mel = librosa.feature.melspectrogram(S=size**2, sr=RATE_HZ, n_mels=MEL_BANDS)
    mfcc = librosa.feature.mfcc(S=librosa.power_to_db(mel, top_db=None), n_mfcc=FIRST_DELTA - FIRST_MFCC)
    to_db = librosa.power_to_db
    # Its contrast has no say over `top_db`, which would look at the whole file.
    with patch("librosa.feature.spectral.power_to_db", lambda power: to_db(power, top_db=None)):
        contrast = librosa.feature.spectral_contrast(S=size, sr=RATE_HZ)
    hz = librosa.fft_frequencies(sr=RATE_HZ, n_fft=FRAME_SAMPLES)
    edges = [*BAND_EDGES_HZ[:-1], np.inf]
    in_band = [(hz >= low) & (hz < high) for low, high in pairwise(edges)]
    newest = librosa.util.frame(wide, frame_length=FRAME_SAMPLES, hop_length=HOP_SAMPLES)[-HOP_SAMPLES:]
    return np.vstack(
        [
            np.log(np.maximum(mel, 1e-10)),
            mfcc,
            librosa.feature.delta(mfcc),
            librosa.feature.spectral_centroid(S=size, sr=RATE_HZ),
            librosa.feature.spectral_bandwidth(S=size, sr=RATE_HZ),
            librosa.feature.spectral_rolloff(S=size, sr=RATE_HZ),
            contrast,
            librosa.feature.zero_crossing_rate(wide, frame_length=FRAME_SAMPLES, hop_length=HOP_SAMPLES, center=False),
            librosa.feature.rms(y=wide, frame_length=FRAME_SAMPLES, hop_length=HOP_SAMPLES, center=False),
            (np.abs(newest) >= 0.999).mean(axis=0, keepdims=True),
            *(np.log(np.maximum((size**2)[band].sum(axis=0, keepdims=True), 1e-10)) for band in in_band),
        ]
    ).T


KINDS = ("fan", "propeller", "noise", "chirp", "pulses", "loud")
# What is compared with: a column's own value, at least its usual size.
SIZES = np.ones(len(FRAME_COLUMNS))
SIZES[:MEL_BANDS] = SIZES[FIRST_BAND:] = 10.0
SIZES[FIRST_MFCC:FIRST_SPECTRAL] = SIZES[FIRST_CONTRAST:CROSSINGS_AT] = 100.0
SIZES[FIRST_SPECTRAL:FIRST_CONTRAST] = 1_000.0


@pytest.mark.parametrize("kind", KINDS)
def test_frames_are_those_of_librosa(kind: str) -> None:
    sound = _sound(kind)
    expected = reference(sound)
    found = frame_features(sound, HOP_SAMPLES * np.arange(len(expected))).astype(np.float64)
    without_deltas = np.r_[0:FIRST_DELTA, FIRST_SPECTRAL : len(FRAME_COLUMNS)]
    off = np.abs(found - expected)[:, without_deltas] / np.maximum(np.abs(expected), SIZES)[:, without_deltas]
    assert off.max() < 1e-5, FRAME_COLUMNS[without_deltas[off.max(axis=0).argmax()]]


@pytest.mark.parametrize("kind", KINDS)
def test_clips_streamed_in_pieces_are_those_of_librosa(kind: str) -> None:
    sound = _sound(kind)
    sound = sound[: 16_000 * (len(sound) // 16_000)]
    expected = reference(sound)
    at, clips = 0, []
    seconds = len(sound) // RATE_HZ
    bank = SoundBank(SoundTuning(span_s=float(seconds), hop_s=1.0, learn_s=60.0))
    for k, size in enumerate(np.random.default_rng(4).integers(160, 9_000, 400)):
        piece = sound[at : at + size]
        if len(piece) == 0:
            break
        outcome = bank.advance(_batch(k, at, piece))
        clips += list(outcome.looks.clip[outcome.looks.is_clip == 1])
        at += len(piece)
    (clip,) = clips
    # Deltas of the first and last four frames are made of frames that are not there.
    delta = slice(FIRST_DELTA, FIRST_SPECTRAL)
    mean, std = expected.mean(axis=0), expected.std(axis=0)
    mean[delta], std[delta] = expected[4:-4, delta].mean(axis=0), expected[4:-4, delta].std(axis=0)
    others = len(FRAME_COLUMNS) - MEL_BANDS
    found_mean = np.r_[clip[:MEL_BANDS], clip[2 * MEL_BANDS : 2 * MEL_BANDS + others]]
    found_std = np.r_[clip[MEL_BANDS : 2 * MEL_BANDS], clip[2 * MEL_BANDS + others :]]
    assert len(clip) == len(CLIP_COLUMNS)
    assert (np.abs(found_mean - mean) / np.maximum(np.abs(mean), SIZES)).max() < 1e-5
    assert (np.abs(found_std - std) / SIZES).max() < 1e-5


def _batch(k: int, first: int, samples: NDArray[np.float32]) -> SoundBatch:
    one = np.ones(1, np.int64)
    return SoundBatch(
        0 * one, k * one, one * round(1e15 + first * 1e6 / RATE_HZ), k * one, RATE_HZ * one, one, [samples]
    )


def test_each_frame_is_worked_out_by_itself() -> None:
    sound = _made("chirp")
    first = HOP_SAMPLES * np.arange(70)
    all_at_once = frame_features(sound, first)
    for some in (first[:1], first[3:8], first[::-1], first[40:]):
        assert np.array_equal(frame_features(sound, some), all_at_once[some // HOP_SAMPLES])


def test_silence_has_finite_features() -> None:
    found = frame_features(np.zeros(FRAME_SAMPLES, np.float32), np.zeros(1, np.int64))[0]
    assert np.isfinite(found).all()
    assert found[0] == np.float32(np.log(np.float32(1e-10)))
    assert found[[CROSSINGS_AT, RMS_AT, CLIPPED_AT]].tolist() == [0.0, 0.0, 0.0]


def test_mel_filters_are_those_of_librosa() -> None:
    expected = librosa.filters.mel(sr=RATE_HZ, n_fft=FRAME_SAMPLES, n_mels=MEL_BANDS)
    np.testing.assert_allclose(mel_filters(RATE_HZ, FRAME_SAMPLES), expected, atol=1e-8)
