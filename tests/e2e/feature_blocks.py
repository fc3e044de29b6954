"""Feature blocks of a small fleet, for tests of the drift watch."""

import numpy as np

from schemas.anomaly_record import SourceRecord
from schemas.feature_block import encode_feature_block
from schemas.topics import READINGS
from tests.e2e.readings import START_S

COLUMNS = ("value", "expected", "low", "high", "mean", "std", "kurtosis")
ASSETS = [f"pump-{n}" for n in range(6)]
TYPES = ("temperature", "pressure")
SLOT_S, ROWS = 60, 6


def blocks(first: int, last: int, shift: float) -> list[tuple[str, bytes]]:
    """Feature blocks of slots `first` to `last` (excluded); the temperatures of all assets stand `shift` higher."""
    rng = np.random.default_rng(first)
    found = []
    for row in range(first * ROWS, last * ROWS):
        ts_us = (START_S + row * SLOT_S // ROWS) * 1_000_000
        for asset in ASSETS:
            mean = np.array([60.0 + shift, 6.0]) + rng.normal(size=2) * 0.1
            values = np.column_stack(
                [mean, mean, mean - 1, mean + 1, mean, rng.normal(1, 0.05, 2), rng.normal(3, 0.1, 2)]
            )
            found.append(
                (
                    asset,
                    encode_feature_block(
                        "readings",
                        COLUMNS,
                        asset_id=asset,
                        sensor_ids=[f"{asset}/{name}" for name in TYPES],
                        sensor_types=TYPES,
                        ts_us=[ts_us, ts_us],
                        start_ts_us=[ts_us - 10_000_000] * 2,
                        flags=[0, 0],
                        source=SourceRecord(READINGS, 0, row, row),
                        values=values.astype("<f4").tobytes(),
                    ),
                )
            )
    return found
