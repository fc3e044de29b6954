"""The work of one message for rivals that take them one by one: the same features, detectors and events."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
import numpy as np

from agents.anomaly_events import anomaly_output
from agents.outputs import Output
from models.series import SeriesBank
from models.tuning import Tuning
from schemas.sensor_index import SensorMeta
from schemas.topics import READINGS

MOST_READINGS = 1000


class Reading(msgspec.Struct, gc=False):
    """A reading as a quick hand would declare it; the backlog holds no others, so nothing is refused."""

    sensor_id: str
    ts: datetime
    value: float
    asset_id: str
    sensor_type: str
    unit: str
    seq: int


_decode = msgspec.json.Decoder(Reading | list[Reading]).decode


@dataclass(frozen=True, slots=True)
class Done:
    """What a message led to: the packed state of each sensor in it, and the events to publish."""

    readings: int
    states: dict[str, bytes]
    events: list[Output]


class MessageWork:
    """State of all series of a process, moved forward message by message."""

    def __init__(self) -> None:
        self._bank = SeriesBank(Tuning())
        self._rows: dict[str, int] = {}
        self._row = np.empty(MOST_READINGS, np.int32)
        self._ts_us = np.empty(MOST_READINGS, np.int64)
        self._value = np.empty(MOST_READINGS, np.float64)
        self._seq = np.empty(MOST_READINGS, np.int64)
        self._offset = np.empty(MOST_READINGS, np.int64)
        self._index = np.arange(MOST_READINGS, dtype=np.int64)

    def do(self, value: bytes, partition: int, offset: int) -> Done:
        """Decode a message and take its readings in."""
        decoded = _decode(value)
        readings = decoded if isinstance(decoded, list) else [decoded]
        for i, reading in enumerate(readings):
            self._row[i] = self._row_of(reading.sensor_id)
            self._ts_us[i] = round(reading.ts.timestamp() * 1e6)
            self._value[i] = reading.value
            self._seq[i] = reading.seq
            self._offset[i] = offset
        n = len(readings)
        outcome = self._bank.advance(
            self._row[:n], self._ts_us[:n], self._value[:n], self._seq[:n], self._offset[:n], self._index[:n]
        )
        events = [self._event(one, readings, partition, offset) for one in outcome.transitions]
        # Only the part of a state that changes with every reading: its novelty memory is not written at all.
        states = {reading.sensor_id: self._bank.pack(self._rows[reading.sensor_id]) for reading in readings}
        return Done(n, states, events)

    def _row_of(self, sensor_id: str) -> int:
        row = self._rows.get(sensor_id)
        if row is None:
            row = self._rows[sensor_id] = len(self._rows)
            self._bank.ensure(len(self._rows))
        return row

    def _event(self, transition: np.void, readings: list[Reading], partition: int, offset: int) -> Output:
        at = int(transition["position"])
        reading = readings[at]
        return anomaly_output(
            transition,
            topic=READINGS,
            partition=partition,
            sensor_id=reading.sensor_id,
            meta=SensorMeta(reading.asset_id, reading.sensor_type, reading.unit),
            position=(offset, at, 0),
        )
