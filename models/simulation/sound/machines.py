"""Kinds of machines by their sound, and what is wrong with them by theirs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from models.simulation.sound.parts import Gated, Impacts, Noise, Part, Tones

Made = list[Part]
Make = Callable[[np.random.Generator, float], Made]
"""Makes parts with random numbers of the machine, at its speed in turns a second."""


@dataclass(frozen=True, slots=True)
class SoundFault:
    """What a fault adds to the sound, and what it leaves of the healthy one."""

    about: str
    adds: Make
    leaves: float = 1.0


@dataclass(frozen=True, slots=True)
class MachineKind:
    """A kind of machine: its usual speed, its healthy sound, and its faults by name."""

    speed_hz: float
    sound: Make
    faults: Mapping[str, SoundFault]


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def _blade_tones(blades: int, speed_hz: float, level: float, rng: np.random.Generator) -> Tones:
    orders = [blades * k for k in range(1, 6)]
    return Tones(speed_hz, orders, [level / k * rng.uniform(0.8, 1.2) for k in range(1, 6)], rng.uniform(0.0, 6.0))


def _fan(rng: np.random.Generator, speed_hz: float) -> Made:
    loud = (speed_hz / FAN_HZ) ** 2.5
    return [
        _blade_tones(7, speed_hz, 0.02 * loud, rng),
        Tones(speed_hz, [1.0, 2.0], [0.004, 0.002]),
        Noise(100.0, 1500.0, 0.03 * loud, [_seed(rng)], turn_hz=7 * speed_hz, depth=0.3),
        Noise(1500.0, 6500.0, 0.012 * loud, [_seed(rng)]),
    ]


def _pump(rng: np.random.Generator, speed_hz: float) -> Made:
    loud = (speed_hz / PUMP_HZ) ** 2
    return [
        _blade_tones(6, speed_hz, 0.03 * loud, rng),
        Tones(50.0, [2.0, 4.0], [0.012, 0.005]),
        Noise(60.0, 900.0, 0.02 * loud, [_seed(rng)], turn_hz=speed_hz, depth=0.2),
        Noise(900.0, 5000.0, 0.010 * loud, [_seed(rng)]),
    ]


def _valve(rng: np.random.Generator, speed_hz: float) -> Made:
    period_s = 1.0 / speed_hz
    return [
        Impacts(2.0 * speed_hz, 1900.0, 0.35, _seed(rng), decay_s=0.006, jitter=0.004),
        Gated(Noise(2000.0, 7000.0, 0.03, [_seed(rng)]), period_s, 0.5),
        Tones(50.0, [2.0], [0.004]),
    ]


def _bearing(rng: np.random.Generator, speed_hz: float) -> Made:
    return [Impacts(3.58 * speed_hz, rng.uniform(3000.0, 4200.0), 0.20, _seed(rng))]


def _imbalance(rng: np.random.Generator, speed_hz: float) -> Made:
    return [
        Tones(speed_hz, [1.0, 2.0, 3.0], [0.06, 0.03, 0.015]),
        Noise(100.0, 1500.0, 0.03, [_seed(rng)], turn_hz=speed_hz, depth=0.9),
    ]


def _rub(rng: np.random.Generator, speed_hz: float) -> Made:
    return [Gated(Noise(2500.0, 7500.0, 0.05, [_seed(rng)]), 1.0 / speed_hz, 0.4)]


def _cavitation(rng: np.random.Generator, speed_hz: float) -> Made:
    return [Impacts(220.0, rng.uniform(4500.0, 6000.0), 0.10, _seed(rng), decay_s=0.0008, jitter=0.9)]


def _hiss(rng: np.random.Generator, _: float) -> Made:
    return [Noise(3500.0, 7800.0, 0.03, [_seed(rng)])]


def _whistle(rng: np.random.Generator, speed_hz: float) -> Made:
    return [Tones(rng.uniform(1200.0, 2600.0), [1.0, 2.0], [0.02, 0.006]), *_hiss(rng, speed_hz)]


FAN_HZ, PUMP_HZ, VALVE_HZ = 24.5, 48.5, 0.75

MACHINES: dict[str, MachineKind] = {
    "fan": MachineKind(
        FAN_HZ,
        _fan,
        {
            "imbalance": SoundFault("a blade is heavier: strong low tones once in a turn", _imbalance),
            "bearing": SoundFault("a damaged race: blows that ring at some kHz", _bearing),
            "rubbing": SoundFault("blades touch the housing: a scrape in each turn", _rub),
        },
    ),
    "pump": MachineKind(
        PUMP_HZ,
        _pump,
        {
            "cavitation": SoundFault("bubbles collapse: an irregular crackle", _cavitation),
            "bearing": SoundFault("a damaged race: blows that ring at some kHz", _bearing),
            "leak": SoundFault("a seal leaks: a steady hiss", _hiss),
        },
    ),
    "valve": MachineKind(
        VALVE_HZ,
        _valve,
        {
            "leak": SoundFault("it does not close: a hiss and a whistle that stay", _whistle),
            "stuck": SoundFault("it does not move any more: hardly a sound", lambda rng, _: [], leaves=0.02),
        },
    ),
}
