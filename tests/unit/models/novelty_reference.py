"""The novelty recipe, slow and obvious, in float64 over a whole series: what the kernel must reproduce."""

from math import exp, expm1, log10, sqrt

import numpy as np
from numpy.typing import NDArray

Blocks = list[tuple[float, float, float, float]]  # last, mean, low, high


def vector(blocks: Blocks, view: int) -> tuple[float, ...]:
    """Return the vector of a view of the newest blocks."""
    last, mean, low, high = blocks[-1]
    if view == 0:
        return last, blocks[-2][1]
    if view == 1:
        return mean, low, high
    if view == 2:
        return mean, sum(block[1] for block in blocks[-4:-1]) / 3
    if view == 5:
        return mean - blocks[-2][1], high - low
    window = blocks[-4:] if view == 3 else blocks[-8:]
    means = [block[1] for block in window]
    return max(b[3] for b in window), min(b[2] for b in window), sum(means) / len(means)


class View:
    """Memory and calibration of one view."""

    def __init__(self, view: int, blocks_needed: int, learn_blocks: int, memory: int) -> None:
        self.view, self.needed, self.learn_blocks, self.memory = view, blocks_needed, learn_blocks, memory
        self.remembered: list[tuple[float, ...]] = []
        self.next = 0
        self.seen: list[tuple[float, ...]] = []
        self.distances: list[float] = []
        self.maxima: list[float] = []

    def nearest(self, v: tuple[float, ...]) -> float:
        return float(np.abs(np.array(self.remembered) - np.array(v)).max(axis=1).min())

    def judge(self, blocks: Blocks) -> float:
        n = len(blocks)
        if n < self.needed:
            return 0.0
        now = vector(blocks, self.view)
        self.seen.append(now)
        if n < 2 * self.needed:
            return 0.0
        released = self.seen[-1 - self.needed]
        typical_maximum = float(np.mean(self.maxima)) if self.maxima else 0.0
        if not self.remembered or self.nearest(released) > 0.5 * typical_maximum:
            if len(self.remembered) < self.memory:
                self.remembered.append(released)
            else:
                self.remembered[self.next] = released
            self.next = (self.next + 1) % self.memory
        distance = self.nearest(now)
        surprise = self.surprise(distance) if n > self.learn_blocks and len(self.maxima) >= 2 else 0.0
        if n > max(4, self.learn_blocks // 3):
            self.distances.append(distance)
            if len(self.distances) % 15 == 0:
                self.maxima.append(max(self.distances[-15:]))
        return surprise

    def surprise(self, distance: float) -> float:
        k = len(self.maxima)
        mean = float(np.mean(self.maxima))
        sd = sqrt(float(np.var(self.maxima)) * k / (k - 1) * (1 + 6.0 / k))
        sd = max(sd, 0.1 * abs(mean - float(np.mean(self.distances))) + 1e-12)
        z = (distance - mean) / (0.7797 * sd) + 0.5772
        if z <= 0:
            return 0.0
        p = -expm1(-exp(-min(z, 500.0)))
        return -log10(p) if p > 1e-200 else z / 2.302585


def emissions(value: NDArray[np.float64], learn_readings: int, memory: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each reading, the novelty score of the block that it ends and what is emitted (0 elsewhere)."""
    size = max(1, learn_readings // 80)
    learn_blocks = learn_readings // size
    views = [View(i, needed, learn_blocks, memory) for i, needed in enumerate((2, 1, 4, 4, 8, 2))]
    scores, emitted = np.zeros(len(value)), np.zeros(len(value))
    blocks: Blocks = []
    run_best, run_at, fatigue = 0.0, -(10**9), 0.0
    for end in range(size - 1, len(value), size):
        part = value[end + 1 - size : end + 1]
        low, high = float(part.min()), float(part.max())
        beyond = bool(blocks) and (high > max(b[3] for b in blocks) or low < min(b[2] for b in blocks))
        blocks.append((float(part[-1]), float(part.sum() / size), low, high))
        score = sum(view.judge(blocks) for view in views) / 6 * (1.0 if beyond else 0.8)
        scores[end] = score
        fatigue *= exp(-size / (3.0 * learn_readings))
        score /= 1 + 0.1 * fatigue
        if end - run_at > int(0.35 * learn_readings):
            run_best = 0.0
        if end >= learn_readings and score > run_best:
            emitted[end], run_best, run_at = score, score, end
            fatigue += score >= 0.4
    return scores, emitted
