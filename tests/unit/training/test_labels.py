"""What operators say of the rows that are trained on."""

import numpy as np
import pytest

from models.features.extractors import WINDOW_FEATURES
from models.windows.state import ANOMALY_OPEN
from schemas.anomaly_record import SourceRecord
from schemas.fault_label import LabelledRange
from schemas.feature_block import decode_feature_block, encode_feature_block
from schemas.topics import FEATURES
from stream_app.training.gathering import Gathering
from stream_app.training.plan import Plan

SENSORS = ("pump/flow", "pump/heat")


def block(at_us: int) -> bytes:
    return encode_feature_block(
        "readings",
        WINDOW_FEATURES,
        asset_id="pump",
        sensor_ids=SENSORS,
        sensor_types=("flow", "heat"),
        ts_us=[at_us, at_us],
        start_ts_us=[at_us - 10, at_us - 10],
        flags=[ANOMALY_OPEN, ANOMALY_OPEN],
        source=SourceRecord("t", 0, 0, 0),
        values=np.zeros((2, len(WINDOW_FEATURES)), "<f4").tobytes(),
    )


@pytest.mark.parametrize(
    ("label", "sensor", "fault", "is_open"),
    [
        ("fault", None, [0, 0, 1, 1], [1, 1, 1, 1]),
        ("false_alarm", None, [0, 0, 0, 0], [1, 1, 0, 0]),
        ("normal", "pump/heat", [0, 0, 0, 0], [1, 1, 1, 0]),
        ("repaired", None, [0, 0, 0, 0], [1, 1, 1, 1]),
    ],
)
def test_a_labelled_range_is_a_fault_or_no_anomaly_at_all(
    label: str, sensor: str | None, fault: list[int], is_open: list[int]
) -> None:
    gathering = Gathering(Plan("mahalanobis"), FEATURES)
    for offset, at_us in enumerate((1_000, 2_000)):
        gathering.take(0, offset, decode_feature_block(block(at_us)))
    rows = gathering.rows([LabelledRange("pump", sensor, label, 1_500, 3_000)]).rows
    assert rows.fault.astype(int).tolist() == fault
    assert (rows.flags & ANOMALY_OPEN > 0).astype(int).tolist() == is_open
