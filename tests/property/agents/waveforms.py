"""Waveform blocks of a few sensors, as records: healthy noise first, a fault later, and things that go wrong."""

import msgspec
import numpy as np

from schemas.records import RecordColumns
from schemas.topics import SIGNALS

START_US = 1_700_000_000_000_000
RATE_HZ = 2_560.0
Raw = tuple[int, int, bytes | None, bytes | None]


def block(sensor: str, k: int, samples: np.ndarray, **more: object) -> bytes:
    """Return block number `k` of a sensor, one a second, as msgpack."""
    fields = {
        "sensor_id": sensor,
        "ts": START_US + k * 1_000_000,
        "rate_hz": RATE_HZ,
        "samples": samples.astype("<f4").tobytes(),
        "unit": "g",
        "seq": k,
    }
    return msgspec.msgpack.encode({**fields, **more})


def stream(seed: int, sensors: int = 3, blocks: int = 34) -> list[Raw]:
    """Return records of interleaved sensors; the first one's level and spectrum change in blocks 20 to 26.

    Among them are a duplicate, a late block, blocks of another length, two flat ones, and bytes that are no block.
    """
    random = np.random.default_rng(seed)
    values: list[bytes] = []
    for k in range(blocks):
        for i in random.permutation(sensors):
            samples = random.normal(size=128)
            if i == 0 and 20 <= k < 27:
                samples = 3.0 * np.convolve(samples, [1.0, 0.9], "same")
            if i == 1 and k in (17, 18):
                samples = np.ones(128)
            if i == 2 and 12 <= k < 14:
                samples = samples[:20]
            values.append(block(f"m{i}/v", k, samples, speed_rpm=1500.0 + 10.0 * (k % 4) if i == 1 else None))
    values.insert(40, values[37])
    values.insert(60, block("m1/v", 3, np.ones(128), seq=5000))
    values.insert(50, b"\xc1")
    return [(7 + i, START_US // 1000, b"k", value) for i, value in enumerate(values)]


def columns(raw: list[Raw]) -> RecordColumns:
    """Return records of one partition."""
    return RecordColumns.of(SIGNALS, 2, raw)
