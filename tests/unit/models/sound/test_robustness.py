"""What judges sound keeps finding faults in loud surroundings, at another speed, and of a machine it hardly knows."""

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.quality.roc import area
from models.detectors.row_detector import RowDetector
from models.simulation.sound.machines import MACHINES
from models.simulation.sound.microphone import PCM16, SimulatedMicrophone
from models.simulation.sound.parts import RATE_HZ
from models.sound.detectors.registry import ENSEMBLE, SOUND_DETECTORS
from models.sound.frame_features import frame_features
from models.sound.framing import FRAME_SAMPLES, HOP_SAMPLES
from models.sound.profile import BANDS, PROFILE_COLUMNS, fit_baseline

CLIP_S = 2
TRAINING, JUDGED = 90, 25


@cache
def _sound(kind: str, seed: int, number: int, surroundings: float, speed: float) -> NDArray[np.float64]:
    machine = SimulatedMicrophone(kind, seed, surroundings=surroundings, speed=speed, faulty=False)
    return machine.next(number * CLIP_S * RATE_HZ)[0] / PCM16


def clips(
    kind: str, seed: int, normal: int, *faults: str, surroundings: float = 0.01, speed: float = 1.0
) -> list[NDArray[np.float64]]:
    """Return statistics of `normal` clips (normal, 2 BANDS) of a machine, and of JUDGED later ones with each fault."""
    begin = normal * CLIP_S * RATE_HZ
    sound = _sound(kind, seed, normal + JUDGED, surroundings, speed)
    found = [statistics(sound[:begin])]
    for fault in faults:
        rng = np.random.default_rng(seed + 1)
        parts = MACHINES[kind].faults[fault].adds(rng, MACHINES[kind].speed_hz * speed)
        later = sound[begin:].copy()
        for part in parts:
            later += part.next(0, len(later))
        found.append(statistics(later))
    return found


def statistics(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = []
    for clip in sound.astype(np.float32).reshape(-1, CLIP_S * RATE_HZ):
        logmel = frame_features(clip, np.arange(0, len(clip) - FRAME_SAMPLES + 1, HOP_SAMPLES))[:, :BANDS]
        rows.append(np.concatenate([logmel.mean(axis=0), logmel.std(axis=0)]))
    return np.array(rows, np.float64)


def fit(x: NDArray[np.float64]) -> RowDetector:
    return SOUND_DETECTORS[ENSEMBLE].fit(x, PROFILE_COLUMNS, 0)


def found(normal: NDArray[np.float64], faulty: NDArray[np.float64]) -> float:
    return area(np.arange(len(normal) + len(faulty)) >= len(normal), np.concatenate([normal, faulty]))


@pytest.mark.parametrize("kind", ["fan", "pump"])
@pytest.mark.parametrize("surroundings", [0.01, 0.03])
def test_every_fault_is_heard_in_quiet_and_in_loud_surroundings(kind: str, surroundings: float) -> None:
    heard, *faulty = clips(kind, 1, TRAINING + JUDGED, *MACHINES[kind].faults, surroundings=surroundings)
    baseline = fit_baseline(heard[:TRAINING])
    detector = fit(baseline.standard(heard[:TRAINING]))
    score = detector.score(baseline.standard(heard[TRAINING:]))
    for rows in faulty:
        assert found(score, detector.score(baseline.standard(rows))) > 0.95


def test_another_gain_of_the_microphone_is_no_fault() -> None:
    (heard,) = clips("fan", 1, TRAINING + JUDGED)
    baseline = fit_baseline(heard[:TRAINING])
    detector = fit(baseline.standard(heard[:TRAINING]))
    louder = heard[TRAINING:].copy()
    louder[:, :BANDS] += np.log(4.0)
    score, of_louder = (detector.score(baseline.standard(rows)) for rows in (heard[TRAINING:], louder))
    assert np.allclose(of_louder, score, atol=1e-3)


def test_at_a_speed_that_was_seldom_heard_faults_are_found_and_few_others() -> None:
    (usual,) = clips("fan", 1, TRAINING + JUDGED)
    other, *faulty = clips("fan", 1, 12 + JUDGED, *MACHINES["fan"].faults, speed=0.85)
    heard = np.vstack([usual, other[:12]])
    baseline = fit_baseline(heard)
    held = np.arange(len(heard)) % 4 == 0
    detector = fit(baseline.standard(heard[~held]))
    threshold = detector.score(baseline.standard(heard[held])).max()
    score = detector.score(baseline.standard(other[12:]))
    assert (score > threshold).mean() <= 0.2
    for rows in faulty:
        assert found(score, detector.score(baseline.standard(rows))) > 0.9


def test_a_new_baseline_forgives_a_change_of_the_surroundings() -> None:
    (before,) = clips("fan", 1, TRAINING + JUDGED)
    after, faulty = clips("fan", 1, 40 + JUDGED, "bearing", surroundings=0.015)
    old, new = fit_baseline(before), fit_baseline(after[:40])
    detector = fit(old.standard(before))
    usual = np.quantile(detector.score(old.standard(before)), 0.95)
    unforgiven, forgiven = (detector.score(baseline.standard(after[40:])) for baseline in (old, new))
    assert np.median(unforgiven) > usual
    assert np.median(forgiven) < np.median(unforgiven) - 0.5 * (np.median(unforgiven) - usual)
    assert found(forgiven, detector.score(new.standard(faulty))) > 0.95


def test_a_bank_of_other_machines_serves_one_with_no_more_than_a_baseline() -> None:
    others = [clips("pump", seed, 50)[0] for seed in (1, 2, 3)]
    detector = fit(np.vstack([fit_baseline(rows).standard(rows) for rows in others]))
    heard, *faulty = clips("pump", 9, 40 + JUDGED, *MACHINES["pump"].faults)
    baseline = fit_baseline(heard[:40])
    score = detector.score(baseline.standard(heard[40:]))
    for rows in faulty:
        assert found(score, detector.score(baseline.standard(rows))) > 0.9
