"""A block of one row says the same, whichever way it was encoded."""

import numpy as np
import pytest

from schemas.anomaly_record import SourceRecord
from schemas.feature_block import FeatureBlock, decode_feature_block, encode_feature_block
from schemas.feature_row import FeatureRowEncoder

TOPIC, PARTITION, COLUMNS = "pdm.readings.v1", 7, ("value", "rms", "peak")


def said(block: FeatureBlock) -> tuple[object, ...]:
    lists = [block.ts_us.tolist(), block.start_ts_us.tolist(), block.flags.tolist()]
    names = (block.lane, block.columns, block.asset_id, block.sensor_ids, block.sensor_types)
    return (*names, *lists, block.source, block.values.tobytes())


@pytest.mark.parametrize("sensor_type", [None, "vibration", "Öl" * 100])
def test_rows_of_all_sizes(sensor_type: str | None) -> None:
    rng = np.random.default_rng(3)
    ts_us = np.array([0, 1, 127, 2**31, 2**40, 1_767_225_600_000_000, 2**62, -1, -(2**40)])
    n = len(ts_us)
    start_ts_us, first = ts_us - 63_000_000, np.array([0, 1, 200, 2**20, 2**33, 5, 6, 7, 8])
    flags, last = rng.integers(0, 16, n), first + 63
    values = rng.normal(size=(n, 3)).astype(np.float32)
    values[2, 1] = np.nan
    encoder = FeatureRowEncoder("readings", COLUMNS, TOPIC, PARTITION)
    begin = encoder.first + encoder.middle("pump-1", "pump-1/vibration", sensor_type)
    tails = encoder.tails(ts_us, start_ts_us, flags, first, last, values)
    assert len(tails) == n
    for i, tail in enumerate(tails):
        usual = encode_feature_block(
            "readings",
            COLUMNS,
            asset_id="pump-1",
            sensor_ids=["pump-1/vibration"],
            sensor_types=[sensor_type],
            ts_us=[int(ts_us[i])],
            start_ts_us=[int(start_ts_us[i])],
            flags=[int(flags[i])],
            source=SourceRecord(TOPIC, PARTITION, int(first[i]), int(last[i])),
            values=values[i].tobytes(),
        )
        assert said(decode_feature_block(begin + tail)) == said(decode_feature_block(usual))


def test_no_rows() -> None:
    none, encoder = np.zeros(0, np.int64), FeatureRowEncoder("readings", COLUMNS, TOPIC, PARTITION)
    assert encoder.tails(none, none, none, none, none, np.zeros((0, 3), np.float32)) == []
