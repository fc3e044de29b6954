"""Transitions of a series bank as the anomaly events that the public sees."""

from typing import Any

from agents.outputs import Output, Position
from agents.transition_events import transition_output
from models.features.names import FEATURE_NAMES
from models.transition import DETECTORS, KINDS
from schemas.anomaly_record import ModelRecord
from schemas.sensor_index import SensorMeta

# The detectors of this lane learn in the stream: their version is that of their definition.
_MODEL = ModelRecord(name="series", version="1")


def anomaly_output(
    transition: Any, *, topic: str, partition: int, sensor_id: str, meta: SensorMeta, position: Position
) -> Output:
    """Return the event of one TRANSITION record, keyed by asset."""
    return transition_output(
        transition,
        kind=KINDS[transition["kind"]],
        lane="readings",
        model=_MODEL,
        columns=FEATURE_NAMES,
        detectors=DETECTORS,
        topic=topic,
        partition=partition,
        sensor_id=sensor_id,
        meta=meta,
        position=position,
    )
