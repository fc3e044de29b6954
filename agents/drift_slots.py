"""Feature blocks of one partition, added up over slots of time: the first step of the drift watch. Pure, no Kafka."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from agents.applied_offset import applied_offset, new_records
from agents.dead_letters import dead_letter_outputs
from agents.outputs import Applied, NoSavedState, Output, SavedState, nth_of_each
from agents.state_keys import slots_key
from models.drift.slots import AssetSlots, pack, unpack
from models.drift.watched import RESIDUAL, watched_columns
from schemas.anomaly_record import SourceRecord
from schemas.drift_slot import KEY, SlotMessage, encode_message
from schemas.errors import BadDataError
from schemas.feature_block import FeatureBlock, decode_feature_block
from schemas.records import RecordColumns
from schemas.refusal import Refusal

_BAND = ("value", "expected", "low", "high")
_HEADERS = (("content-type", b"application/msgpack"),)


class DriftSlotsPartition:
    """The slots that the assets of one partition are in; closed ones go to `target`."""

    def __init__(self, source: str, partition: int, target: str, slot_us: int, saved: SavedState | None = None) -> None:
        self._source, self._partition, self._target, self._slot_us = source, partition, target, slot_us
        self._saved = saved or NoSavedState()
        self._applied = applied_offset(self._saved, source)
        self._assets: dict[bytes, AssetSlots] = {}
        self._touched: set[bytes] = set()

    @property
    def sensors(self) -> int:
        """How many sensors are held."""
        return sum(len(asset.sensors) for asset in self._assets.values())

    @property
    def state_bytes(self) -> int:
        """Size of the state in memory, in bytes, by the features of its sensors."""
        return sum(24 * len(asset.columns) * len(asset.sensors) for asset in self._assets.values())

    def apply(self, records: RecordColumns) -> Applied:
        """Take records in order of offset; those already in the saved state change nothing."""
        applied, refused = Applied(), list[Refusal]()
        for at in new_records(records, self._applied):
            self._applied = int(records.offset[at])
            value = records.value(at) or b""
            try:
                block = decode_feature_block(value)
            except BadDataError as error:
                refused.append(Refusal(at, 0, "not_msgpack", str(error), value))
                continue
            applied.units += len(block.sensor_ids)
            applied.outputs += self._take(block, self._applied)
        applied.outputs += dead_letter_outputs(records, refused)
        applied.refused = dict(Counter(refusal.reason for refusal in refused))
        applied.outputs.sort(key=lambda output: output.position)
        return applied

    def _take(self, block: FeatureBlock, offset: int) -> list[Output]:
        places, names = watched_columns(block.lane, block.columns)
        values = block.values.astype(np.float64)
        rows = values[:, places]
        value = np.full(len(rows), np.nan)
        if set(_BAND) <= set(block.columns):
            value, residual = _residual(block, values)
            rows, names = np.column_stack([rows, residual]), (*names, RESIDUAL)
        key = slots_key(block.lane, block.asset_id)
        asset = self._asset(key, names)
        self._touched.add(key)
        closed = []
        for i in np.argsort(block.ts_us, kind="stable").tolist():
            ts_us = int(block.ts_us[i])
            slot = ts_us // self._slot_us
            if asset.slot is None or slot > asset.slot:
                ended = asset.close_before(slot, self._slot_us)
                if ended is not None:
                    closed.append(ended)
            elif slot < asset.slot:
                continue
            asset.add(
                block.sensor_ids[i],
                block.sensor_types[i],
                rows[i],
                float(value[i]),
                ts_us,
                ts_us - int(block.start_ts_us[i]),
                int(block.flags[i]),
            )
        source = SourceRecord(self._source, self._partition, offset, offset)
        messages = [encode_message(SlotMessage(block.lane, block.asset_id, slot, source)) for slot in closed]
        return [
            Output(self._target, KEY, message, _HEADERS, (offset, 0, nth))
            for message, nth in zip(messages, nth_of_each([offset] * len(messages)), strict=True)
        ]

    def _asset(self, key: bytes, columns: tuple[str, ...]) -> AssetSlots:
        found = self._assets.get(key)
        if found is None:
            packed = self._saved.read(key)
            found = unpack(packed) if packed is not None else AssetSlots(columns)
        if found.columns != columns:
            # Another release of the features: its rows cannot be added to those of the last.
            found = AssetSlots(columns)
        self._assets[key] = found
        return found

    def changes(self) -> list[tuple[bytes, bytes]]:
        """Return the packed states that changed since the last call."""
        touched, self._touched = sorted(self._touched), set()
        return [(key, pack(self._assets[key])) for key in touched]


def _residual(block: FeatureBlock, values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the last reading of each row, and how far it is from what was expected, in halves of the band."""
    value, expected, low, high = (values[:, block.columns.index(name)] for name in _BAND)
    with np.errstate(invalid="ignore", divide="ignore"):
        residual = np.where(high > low, 2.0 * (value - expected) / (high - low), np.nan)
    return value, residual
