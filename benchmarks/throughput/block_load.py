"""The waveform blocks that a throughput run consumes: a seeded fleet that is mostly healthy, as finished messages."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

BLOCK_SAMPLES = 2048
RATE_HZ = 25_600.0
STEP_US = 1_000_000
SCALE_G = 1e-3
_KINDS = 32
FAULT_EVERY_TICKS, FAULT_TICKS, FAULT_SHARE = 60, 10, 0.02


@dataclass(frozen=True, slots=True)
class BlockLoad:
    """`samples` samples of `sensors` sensors, one block of 2,048 each second, two sensors an asset; msgpack, i2.

    Two percent of the sensors ring louder for 10 blocks in every 60, so that anomalies are raised and cleared.
    """

    samples: int
    sensors: int = 200
    seed: int = 1
    end_us: int = 1_767_225_600_000_000

    @property
    def ticks(self) -> int:
        """Number of blocks of each sensor."""
        return -(-self.samples // (self.sensors * BLOCK_SAMPLES))

    @property
    def total(self) -> int:
        """Number of samples produced: `samples` rounded up to whole blocks of all sensors."""
        return self.ticks * self.sensors * BLOCK_SAMPLES

    def messages(self) -> Iterator[tuple[bytes, bytes, int]]:
        """Yield `(key, value, samples in it)`, block after block in order of time."""
        random = np.random.default_rng(self.seed)
        healthy, faulty = _blocks(random, 1.0), _blocks(random, 4.0)
        is_faulty = random.random(self.sensors) < FAULT_SHARE
        which = random.integers(_KINDS, size=(self.ticks, self.sensors)).tolist()
        encoder = msgspec.msgpack.Encoder()
        for tick in range(self.ticks):
            rings = tick % FAULT_EVERY_TICKS >= FAULT_EVERY_TICKS - FAULT_TICKS
            for i in range(self.sensors):
                asset = f"motor-{i // 2:05d}"
                block = {
                    "sensor_id": f"{asset}/{'xy'[i % 2]}",
                    "ts": self.end_us - (self.ticks - tick) * STEP_US,
                    "rate_hz": RATE_HZ,
                    "samples": (faulty if rings and is_faulty[i] else healthy)[which[tick][i]],
                    "dtype": "i2",
                    "scale": SCALE_G,
                    "unit": "g",
                    "seq": tick,
                }
                yield asset.encode(), encoder.encode(block), BLOCK_SAMPLES


def _blocks(random: np.random.Generator, loudness: float) -> list[bytes]:
    """Return i2 blocks of a shaft at 25 Hz with two harmonics, in noise."""
    seconds = np.arange(BLOCK_SAMPLES) / RATE_HZ
    found: list[bytes] = []
    for _ in range(_KINDS):
        phase = random.uniform(0, 2 * np.pi)
        tone: NDArray[np.float64] = np.zeros(BLOCK_SAMPLES)
        for order in (1, 2, 3):
            tone += np.sin(order * (2 * np.pi * 25.0 * seconds + phase)) / order
        samples = tone + loudness * 0.3 * random.normal(size=BLOCK_SAMPLES)
        found.append((samples / SCALE_G).astype("<i2").tobytes())
    return found
