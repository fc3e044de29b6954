"""The sound that a microphone hears of one machine, healthy and with planned faults, in noise of the surroundings."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.simulation.sound.machines import MACHINES
from models.simulation.sound.parts import RATE_HZ, Noise, Part, Tones
from schemas.errors import UsageError

LEARN_S = 200.0
"""The lane of sound learns for three minutes by default; the first fault comes after them."""

EPOCH_S = 120.0
FAULT_S = (20.0, 45.0)
RISE_S = 2.0
PCM16 = 32_767.0


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """A fault from sample `start` (included) to `end` (excluded)."""

    name: str
    start: int
    end: int


class SimulatedMicrophone:
    """Sound of one machine of `kind`; the same arguments give the same samples, however they are cut.

    `surroundings` is the standard deviation of the noise around; `speed` is a share of the usual one. `end_s`, if
    given, is the length of the run: no fault outlasts it, and in a run shorter than LEARN_S and an epoch the first one
    comes after half of it. Without `faulty` there is none.
    """

    def __init__(
        self,
        kind: str,
        seed: int,
        *,
        surroundings: float = 0.01,
        speed: float = 1.0,
        faulty: bool = True,
        end_s: float | None = None,
        learn_s: float = LEARN_S,
    ) -> None:
        if kind not in MACHINES:
            raise UsageError(f"Machine {kind!r} makes no sound here; choose one of {', '.join(MACHINES)}.")
        self._kind, self._seed, self._faulty = MACHINES[kind], seed, faulty
        rng = np.random.default_rng([seed, 11])
        self._speed_hz = self._kind.speed_hz * rng.uniform(0.95, 1.05) * speed
        self._healthy = self._kind.sound(rng, self._speed_hz)
        self._around: list[Part] = [
            Noise(50.0, 7500.0, surroundings, [seed, 12]),
            Tones(rng.uniform(30.0, 60.0), [1.0, 3.0], [0.3 * surroundings, 0.2 * surroundings]),
        ]
        self._first_s = learn_s if end_s is None or end_s >= learn_s + EPOCH_S else 0.5 * end_s
        self._end_s = end_s
        self._epoch = 0
        self._planned: list[PlannedFault] = []
        self._sounding: list[tuple[PlannedFault, list[Part]]] = []
        self._at = 0

    def next(self, samples: int) -> tuple[NDArray[np.int16], list[PlannedFault]]:
        """Return the next samples (n,), and the faults that begin in them."""
        first, end = self._at, self._at + samples
        self._plan(end)
        started = [fault for fault in self._planned if first <= fault.start < end]
        for fault in started:
            rng = np.random.default_rng([self._seed, 13, fault.start])
            self._sounding.append((fault, self._kind.faults[fault.name].adds(rng, self._speed_hz)))
        heard = sum((part.next(first, samples) for part in self._healthy), np.zeros(samples))
        added = np.zeros(samples)
        for fault, parts in self._sounding:
            share = _share(fault, first, samples)
            heard *= 1.0 - (1.0 - self._kind.faults[fault.name].leaves) * share
            begin, stop = max(fault.start - first, 0), min(fault.end - first, samples)
            for part in parts:
                added[begin:stop] += share[begin:stop] * part.next(first + begin, stop - begin)
        heard += added
        heard += sum((part.next(first, samples) for part in self._around), np.zeros(samples))
        self._sounding = [each for each in self._sounding if each[0].end > end]
        self._planned = [fault for fault in self._planned if fault.start >= end]
        self._at = end
        return np.round(np.clip(heard, -1.0, 1.0) * PCM16).astype(np.int16), started

    def _plan(self, end: int) -> None:
        """Plan one fault for each epoch that begins before sample `end`."""
        while self._faulty and (begin_s := self._first_s + self._epoch * EPOCH_S) * RATE_HZ < end:
            rng = np.random.default_rng([self._seed, 14, self._epoch])
            self._epoch += 1
            name = str(rng.choice(list(self._kind.faults)))
            start_s = begin_s + rng.uniform(0.0, 30.0)
            end_s = start_s + rng.uniform(*FAULT_S)
            if self._end_s is not None and end_s > self._end_s:
                # A short run: the fault takes what there is.
                start_s, end_s = begin_s, min(end_s, self._end_s)
            if end_s - start_s > 2.0 * RISE_S:
                self._planned.append(PlannedFault(name, round(start_s * RATE_HZ), round(end_s * RATE_HZ)))


def _share(fault: PlannedFault, first: int, samples: int) -> NDArray[np.float64]:
    """Return how far the fault has set in (n,): 0 outside of it, 1 after RISE_S."""
    at = np.arange(first, first + samples)
    share = np.clip((at - fault.start + 1) / (RISE_S * RATE_HZ), 0.0, 1.0)
    return np.where((at >= fault.start) & (at < fault.end), share, 0.0)
