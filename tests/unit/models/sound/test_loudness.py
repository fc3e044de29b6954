"""What is no fault of a machine: another gain, a slow one, an automatic one, and noise of the surroundings."""

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from models.simulation.sound.machines import MACHINES
from models.simulation.sound.microphone import PCM16, SimulatedMicrophone
from models.simulation.sound.parts import RATE_HZ
from models.sound.bank import SoundBank
from models.sound.tuning import SoundTuning
from tests.unit.models.sound.driver import Microphone

TUNING = SoundTuning(span_s=4.0, hop_s=1.0, learn_s=60.0, calibrate_s=40.0)
LEARN_S, SPAN_S = 105, 45
BEGIN_S, END_S = 8.0, 30.0


@cache
def pump() -> NDArray[np.float32]:
    sound = SimulatedMicrophone("pump", 1, faulty=False).next((LEARN_S + SPAN_S) * RATE_HZ)[0]
    return (sound / PCM16).astype(np.float32)


@cache
def learned() -> bytes:
    mic = Microphone(SoundBank(TUNING))
    mic.play(pump()[: LEARN_S * RATE_HZ], RATE_HZ)
    assert mic.anomalies == []
    return mic.bank.pack(0)


def heard(sound: NDArray[np.floating]) -> Microphone:
    """Play what comes after the learning stretch to a microphone that has learned."""
    bank = SoundBank(TUNING)
    bank.restore(0, learned())
    mic = Microphone(bank, sent=LEARN_S, at=float(LEARN_S))
    mic.play(np.clip(sound, -1.0, 1.0).astype(np.float32), RATE_HZ)
    return mic


def later() -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return the sound after learning, and the seconds since then."""
    sound = pump()[LEARN_S * RATE_HZ :]
    return sound, np.arange(len(sound)) / RATE_HZ


def times(decibel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(10.0 ** (decibel / 20.0))


@pytest.mark.parametrize("step_db", [3.0, -3.0, 4.5, -4.5, 6.5, -6.5, 9.0, -9.0, 12.0, -12.0])
def test_a_step_of_the_gain_is_no_anomaly_and_a_large_one_is_told(step_db: float) -> None:
    sound, at_s = later()
    mic = heard(sound * times(np.where((at_s >= BEGIN_S) & (at_s < END_S), step_db, 0.0)))
    assert mic.anomalies == []
    assert [state for state, _ in mic.health] == (["out_of_range", "ok"] if abs(step_db) > 6.0 else [])
    assert all(amount == pytest.approx(step_db, abs=0.5) for state, amount in mic.health if state != "ok")


@pytest.mark.parametrize("to_db", [12.0, -12.0])
@pytest.mark.parametrize("in_s", [5.0, 20.0])
def test_a_gain_that_goes_up_or_down_is_told_once(to_db: float, in_s: float) -> None:
    sound, at_s = later()
    mic = heard(sound * times(np.interp(at_s, [BEGIN_S, BEGIN_S + in_s], [0.0, to_db])))
    assert mic.anomalies == []
    assert [state for state, _ in mic.health] == ["out_of_range"]


@pytest.mark.parametrize("hz", [1.3, 3.1, 8.0])
@pytest.mark.parametrize("by_db", [3.0, 6.0])
def test_a_gain_that_swings_within_a_second_is_no_anomaly(by_db: float, hz: float) -> None:
    sound, at_s = later()
    swing = by_db * np.sin(2.0 * np.pi * hz * at_s)
    mic = heard(sound * times(np.where((at_s >= BEGIN_S) & (at_s < END_S), swing, 0.0)))
    assert (mic.anomalies, mic.health) == ([], [])


def test_a_gain_right_at_the_bound_does_not_come_and_go() -> None:
    sound, at_s = later()
    mic = heard(sound * times(np.where(at_s >= BEGIN_S, 6.0 + 0.3 * np.sin(2.0 * np.pi * at_s / 9.0), 0.0)))
    assert [state for state, _ in mic.health] == ["out_of_range"]


def test_an_automatic_gain_is_no_anomaly() -> None:
    """It follows the loudness of the last second, and takes four fifths of its changes away."""
    sound, at_s = later()
    around = np.sqrt(uniform_filter1d(sound.astype(np.float64) ** 2, RATE_HZ, mode="constant"))
    mic = heard(sound * np.where(at_s >= BEGIN_S, (around / np.median(around)) ** -0.8, 1.0))
    assert (mic.anomalies, mic.health) == ([], [])


def coloured(n: int, seed: int) -> NDArray[np.float64]:
    """Noise that falls by 3 dB an octave."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=n))
    found = np.fft.irfft(spectrum / np.sqrt(1.0 + np.arange(len(spectrum))), n)
    return np.asarray(found / found.std())


@pytest.mark.parametrize("above_db", [0.0, 6.0, 12.0])
@pytest.mark.parametrize("colour", ["white", "pink"])
def test_noise_as_loud_as_the_machine_is_told_and_nothing_is_judged_in_it(colour: str, above_db: float) -> None:
    sound, at_s = later()
    n = len(sound)
    noise = coloured(n, 5) if colour == "pink" else np.random.default_rng(5).normal(size=n)
    loudness = float(sound.std()) * 10.0 ** (above_db / 20.0)
    mic = heard(sound + np.where((at_s >= BEGIN_S) & (at_s < END_S), loudness, 0.0) * noise)
    assert mic.anomalies == []
    assert [state for state, _ in mic.health] == ["noisy", "ok"]


@pytest.mark.parametrize("fault", sorted(MACHINES["pump"].faults))
def test_a_fault_of_the_machine_is_no_noise(fault: str) -> None:
    sound, at_s = later()
    kind = MACHINES["pump"]
    added = sum(part.next(0, len(sound)) for part in kind.faults[fault].adds(np.random.default_rng(2), kind.speed_hz))
    for loudness in (1.0, 3.0):
        mic = heard(sound + loudness * np.where((at_s >= BEGIN_S) & (at_s < END_S), added, 0.0))
        assert mic.anomalies[:1] == [True]
        assert "noisy" not in [state for state, _ in mic.health]
