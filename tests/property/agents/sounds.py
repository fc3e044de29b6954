"""Microphones of a few machines as records: healthy noise first, then what goes wrong with sound and its frames."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from tests.property.agents.crashes import Row

START_US = 1_700_000_000_000_000


def noise(seconds: float, rate_hz: int, seed: int) -> NDArray[np.float64]:
    """Return coloured noise with a hum, as a machine makes."""
    random = np.random.default_rng(seed)
    n = round(seconds * rate_hz)
    colour = np.convolve(random.normal(size=n + 7), 0.7 ** np.arange(8), "valid")
    return 0.05 * colour + 0.03 * np.sin(2 * np.pi * 120.0 * np.arange(n) / rate_hz)


def message(name: str, sound: NDArray[np.float64], first: int, seq: int | None, rate_hz: int, **more: object) -> bytes:
    """Return samples (n,) or (n, channels) from place `first` on as one frame."""
    pcm = np.clip(np.rint(sound * 32_768.0), -32_768, 32_767).astype("<i2")
    fields = {
        "microphone_id": name,
        "ts": START_US + round(first * 1e6 / rate_hz),
        "rate_hz": rate_hz,
        "channels": 1 if sound.ndim == 1 else sound.shape[1],
        "encoding": "pcm16",
        "sound": pcm.tobytes(),
        "seq": seq,
    }
    return msgspec.msgpack.encode({**fields, **more})


def cut(name: str, sound: NDArray[np.float64], rate_hz: int, sizes: list[int], numbered: bool = True) -> list[bytes]:
    """Return the sound in frames of `sizes` in turn."""
    found: list[bytes] = []
    first = 0
    while first < len(sound):
        size = sizes[len(found) % len(sizes)]
        # What is too short for a frame goes with the one before it.
        end = len(sound) if len(sound) - first - size < rate_hz // 100 else first + size
        found.append(message(name, sound[first:end], first, len(found) if numbered else None, rate_hz))
        first = end
    return found


def stream(seed: int) -> list[Row]:
    """Return 30 s of five microphones, their frames mixed.

    One breaks at 20 s and is healthy again at 25 s; it is in frames of all sizes. One, of 8 kHz and two channels, loses
    frames, repeats one and sends one late. One is not numbered, is turned up at 14 s and cut off at 25 s. Two more,
    one of two channels, stop sending at 6 s; that one is back at 22 s.
    """
    random = np.random.default_rng(seed)
    broken = noise(30.0, 16_000, seed)
    at = np.arange(len(broken)) / 16_000
    broken += 0.1 * np.sin(2 * np.pi * 2_900.0 * at) * ((at >= 20.0) & (at < 25.0))
    stereo = np.stack([noise(30.0, 8_000, seed + 1), noise(30.0, 8_000, seed + 2)], axis=1)
    turned = noise(30.0, 16_000, seed + 3)
    turned *= np.where(at < 14.0, 1.0, np.where(at < 25.0, 3.0, 0.0))
    lossy = cut("b/mic", stereo, 8_000, [1_000])
    lossy = [*lossy[:120], lossy[119], *lossy[133:160], lossy[155], *lossy[160:185], _late("b/mic"), *lossy[185:]]
    queues = [
        cut("a/mic", broken, 16_000, random.integers(160, 30_000, 9).tolist()),
        lossy,
        cut("c/mic", turned, 16_000, [8_000], numbered=False),
    ]
    mixed = [(30.0 * i / len(queue), k, value) for k, queue in enumerate(queues) for i, value in enumerate(queue)]
    gone = noise(30.0, 8_000, seed + 4)
    pair = cut("d/mic", np.stack([gone, gone[::-1]], axis=1), 8_000, [4_000])
    for k, frames in ((3, pair[:12] + pair[44:]), (4, cut("e/mic", gone[:48_000], 8_000, [4_000]))):
        mixed += [(i / 2 if i < 12 else 16.0 + i / 2, k, value) for i, value in enumerate(frames)]
    mixed.sort()
    values = [value for _, _, value in mixed]
    values.insert(17, b"\xc1")
    return [(5 + 2 * i, START_US // 1000, b"k", value) for i, value in enumerate(values)]


def _late(name: str) -> bytes:
    return message(name, np.zeros((4_000, 2)), 4_000, 9_000, 8_000)
