"""The sound that a throughput run consumes: a seeded hall of machines, mostly healthy, as finished messages."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np

RATE_HZ = 16_000
FAULT_EVERY_S, FAULT_S, FAULT_SHARE = 300, 30, 0.05
_KINDS = 32


@dataclass(frozen=True, slots=True)
class AudioLoad:
    """`samples` samples of `sensors` microphones at 16 kHz, one a machine; PCM16 frames of `per_message`, as msgpack.

    Five percent of the microphones hear a whistle for 30 s in every 300, so that anomalies are raised and cleared.
    """

    samples: int
    sensors: int = 40
    per_message: int = RATE_HZ
    seed: int = 1
    end_us: int = 1_767_225_600_000_000

    @property
    def ticks(self) -> int:
        """Number of frames of each microphone."""
        return -(-self.samples // (self.sensors * self.per_message))

    @property
    def total(self) -> int:
        """Number of samples produced: `samples` rounded up to whole frames of all microphones."""
        return self.ticks * self.sensors * self.per_message

    def messages(self) -> Iterator[tuple[bytes, bytes, int]]:
        """Yield `(key, value, samples in it)`, frame after frame in order of time."""
        random = np.random.default_rng(self.seed)
        healthy, faulty = _sounds(random, self.per_message, 0.0), _sounds(random, self.per_message, 0.1)
        is_faulty = random.random(self.sensors) < FAULT_SHARE
        which = random.integers(_KINDS, size=(self.ticks, self.sensors)).tolist()
        encoder = msgspec.msgpack.Encoder()
        frame_s = self.per_message / RATE_HZ
        for tick in range(self.ticks):
            whistles = tick * frame_s % FAULT_EVERY_S >= FAULT_EVERY_S - FAULT_S
            for i in range(self.sensors):
                asset = f"fan-{i:05d}"
                frame = {
                    "microphone_id": f"{asset}/mic",
                    "ts": self.end_us - round((self.ticks - tick) * frame_s * 1e6),
                    "rate_hz": RATE_HZ,
                    "encoding": "pcm16",
                    "seq": tick,
                    "sound": (faulty if whistles and is_faulty[i] else healthy)[which[tick][i]],
                }
                yield asset.encode(), encoder.encode(frame), self.per_message


def _sounds(random: np.random.Generator, samples: int, whistle: float) -> list[bytes]:
    """Return PCM16 frames of a fan: coloured noise and a hum, and a whistle where it is broken."""
    at = np.arange(samples) / RATE_HZ
    found: list[bytes] = []
    for _ in range(_KINDS):
        noise = np.convolve(random.normal(size=samples + 7), 0.7 ** np.arange(8), "valid")
        sound = 0.05 * noise + 0.03 * np.sin(2 * np.pi * 120.0 * at) + whistle * np.sin(2 * np.pi * 2_900.0 * at)
        found.append((sound * 32_767.0).clip(-32_768, 32_767).astype("<i2").tobytes())
    return found
