"""A microphone into a bank, frame by frame, and what came of it."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.health.state import STATES
from models.sound.bank import SoundBank, SoundOutcome
from models.sound.hearing import SoundBatch
from models.sound.tuning import SoundTuning

START_US = 1_700_000_000_000_000
QUICK = SoundTuning(span_s=1.0, hop_s=0.25, learn_s=8.0, calibrate_s=5.0)


def machine(seconds: float, seed: int, rate_hz: int = 16_000) -> NDArray[np.float32]:
    """Return the sound of a healthy machine."""
    random, n = np.random.default_rng(seed), round(seconds * rate_hz)
    colour = np.convolve(random.normal(size=n + 7), 0.7 ** np.arange(8), "valid")
    hum = 0.03 * np.sin(2 * np.pi * 120.0 * np.arange(n) / rate_hz)
    return (0.05 * colour + hum).astype(np.float32)


@dataclass
class Microphone:
    """Sends frames of row 0 to a bank; remembers all outcomes."""

    bank: SoundBank = field(default_factory=lambda: SoundBank(QUICK))
    rate_hz: int = 16_000
    sent: int = 0
    at: float = 0.0
    outcomes: list[SoundOutcome] = field(default_factory=list)

    def frame(self, sound: NDArray[np.float32], seq: int | None = None, late_s: float = 0.0) -> int:
        """Send one frame `late_s` behind where the last one ended; return its status."""
        self.at += late_s
        one = np.ones(1, np.int64)
        ts_us = START_US + round(self.at * 1e6)
        number = -1 if seq is None else seq
        columns = (0 * one, self.sent * one, ts_us * one, number * one, self.rate_hz * one, one)
        outcome = self.bank.advance(SoundBatch(*columns, [sound]))
        self.outcomes.append(outcome)
        self.sent += 1
        self.at += len(sound) / self.rate_hz
        return int(outcome.status[0])

    def play(self, sound: NDArray[np.float32], size: int = 4_000) -> None:
        """Send a longer sound in frames."""
        for first in range(0, len(sound), size):
            self.frame(sound[first : first + size])

    @property
    def clips(self) -> int:
        """Clips so far."""
        return sum(int(outcome.looks.is_clip.sum()) for outcome in self.outcomes)

    @property
    def anomalies(self) -> list[bool]:
        """Raised (True) and cleared."""
        return [bool(t["raised"]) for outcome in self.outcomes for t in outcome.transitions]

    @property
    def health(self) -> list[tuple[str, float]]:
        """States of health with their numbers."""
        return [(STATES[c["state"]], float(c["amount"])) for outcome in self.outcomes for c in outcome.changes]

    def score_times_s(self) -> list[float]:
        """Ends of the clips that have a score."""
        return [
            (int(ts) - START_US) / 1e6
            for outcome in self.outcomes
            for ts, score in zip(outcome.places.ts_us, outcome.judged.score, strict=True)
            if not np.isnan(score)
        ]
