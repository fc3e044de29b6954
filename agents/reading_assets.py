"""The assets of one partition: their operating modes, and the relations between their sensors. Pure, no Kafka."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from agents.by_meta import ByMeta
from agents.outputs import Output, SavedState, nth_of_each
from agents.state_keys import joint_key, mode_key, relation_key, sensors_key
from agents.transition_events import event_output
from models.assets.bank import AssetBank
from models.assets.transition import DETECTOR
from models.assets.tuning import AssetTuning
from models.regimes.bank import RegimeBank
from models.regimes.joint_bank import JointModeBank
from models.regimes.state import NO_MODE, NONE
from models.regimes.tuning import RegimeTuning
from models.sensor_keys import SensorKeys, sensor_key
from models.series_outcome import PlacedReadings
from schemas.anomaly import anomaly_id
from schemas.anomaly_record import (
    FeatureRecord,
    ModelRecord,
)
from schemas.reading_columns import ReadingColumns
from schemas.sensor_index import SensorIndex, SensorMeta

_MODEL = ModelRecord(name="relations", version="1")
# Events of one reading are numbered: those of its series and windows come first.
_NTH_FROM = 200


class ReadingAssets:
    """What is known of the assets that the sensors in `index` belong to, by what each reading says of its asset."""

    def __init__(
        self,
        topic: str,
        partition: int,
        index: SensorIndex,
        saved: SavedState,
        relations: AssetTuning,
        regimes: RegimeTuning,
    ) -> None:
        self._topic, self._partition, self._index, self._saved = topic, partition, index, saved
        self._keys = SensorKeys()
        self._regime_tuning = regimes
        self.relations, self.modes = AssetBank(relations, self._keys), RegimeBank(regimes, self._keys)
        self.joint_modes = JointModeBank(regimes, self._keys)
        self._assets: list[str] = []
        self._row_of: dict[str, int] = {}
        # State knows sensors by a digest of their names; those of an asset are stored beside it.
        self._name_of: dict[int, str] = {}
        self._sensors: dict[str, list[str]] = {}
        self._joined: set[str] = set()
        self._asset = ByMeta(index, lambda meta: self._asset_row(meta.asset_id), np.int32)
        self._kind = ByMeta(index, self._kind_of, np.uint8)
        # After a restart the state may know modes of assets whose mode sensor was not heard yet.
        self._modes_known = False
        self._has_joint = False

    def regimes(self, columns: ReadingColumns) -> NDArray[np.int8] | None:
        """Return the regime of each reading's asset; None where no asset can have one."""
        self._take_in_new()
        if not (self._modes_known or self._has_joint):
            return None
        told = (
            self._asset.of(columns.meta),
            columns.row,
            self._kind.of(columns.meta),
            columns.value,
            columns.offset,
            columns.index.astype(np.int64),
        )
        regime = self.modes.advance(*told) if self._modes_known else np.full(len(columns), NONE, np.int8)
        if self._has_joint:
            self.joint_modes.advance(*told, regime)
        return regime

    def apply(self, placed: PlacedReadings, columns: ReadingColumns) -> tuple[list[Output], NDArray[np.void]]:
        """Return what readings of `columns`, as they were placed, say of their assets, and the transitions among it."""
        at = placed.position
        outcome = self.relations.advance(
            self._asset.of(columns.meta[at]),
            placed.row,
            placed.ts_us,
            placed.value,
            columns.offset[at],
            columns.index[at].astype(np.int64),
            placed.trust,
        )
        # Positions are among the placed readings; the public knows those that arrived.
        told = outcome.transitions
        told["position"] = at[told["position"]]
        nths = nth_of_each(told["position"].tolist())
        return [self._event(one, columns, nth) for one, nth in zip(told, nths, strict=True)], told

    def release(self, assets: set[str], from_us: int) -> None:
        """Have what is open of these assets since `from_us` or later end: what they show is normal by now."""
        rows = [self._row_of[asset] for asset in sorted(assets) if asset in self._row_of]
        self.relations.release(np.array(rows, np.int64), from_us)

    def _take_in_new(self) -> None:
        names = self._index.names
        new = range(len(self._keys), len(names))
        self._keys.add(names[new.start :])
        self._asset.take_in_new()
        self._kind.take_in_new()
        for row in new:
            asset_id, name = self._index.asset_id[row], names[row]
            self._asset_row(asset_id)
            if name not in self._sensors[asset_id]:
                self._join(asset_id, name)
                self._joined.add(asset_id)

    def _kind_of(self, meta: SensorMeta) -> int:
        """Return the kind of sensor that it is for the modes of its asset."""
        kind = self._regime_tuning.kind_of(meta.sensor_type)
        self._modes_known |= kind != NO_MODE
        return kind

    def _join(self, asset_id: str, sensor_id: str) -> None:
        sensors = self._sensors[asset_id]
        sensors.append(sensor_id)
        key = sensor_key(sensor_id)
        self._name_of[key] = sensor_id
        if len(sensors) == 1:
            self.joint_modes.begin(self._row_of[asset_id], key)
        # Before its second sensor there is nothing to be found of an asset.
        self._has_joint |= len(sensors) == 2 and self._regime_tuning.find_readings > 0

    def _asset_row(self, asset_id: str) -> int:
        row = self._row_of.get(asset_id)
        if row is None:
            row = self._row_of[asset_id] = len(self._assets)
            self._assets.append(asset_id)
            self.relations.restore(row, self._saved.read(relation_key(asset_id)))
            mode = self._saved.read(mode_key(asset_id))
            self.modes.restore(row, mode)
            self._modes_known |= mode is not None
            self.joint_modes.restore(row, self._saved.read(joint_key(asset_id)))
            self._sensors[asset_id] = []
            for sensor_id in msgspec.json.decode(self._saved.read(sensors_key(asset_id)) or b"[]", type=list[str]):
                self._join(asset_id, sensor_id)
        return row

    def _event(self, transition: Any, columns: ReadingColumns, nth: int) -> Output:
        """Return the event of one RELATION record; it is told of the sensor that left the relation."""
        at = int(transition["position"])
        meta = self._index.metas[int(columns.meta[at])]
        place = (int(transition["anomaly_offset"]), int(transition["anomaly_index"]))
        # Another pattern may begin with the same reading.
        ident = f"{anomaly_id(self._topic, self._partition, *place, 'pattern')}:{DETECTOR}"
        fields: dict[str, Any] = {
            "kind": "pattern",
            "lane": "readings",
            "asset_id": meta.asset_id,
            "sensor_id": self._name_of[int(transition["sensor_key"][0])],
            # Of the sensor named, which need not be the one whose reading was the last.
            "sensor_type": None,
            "unit": None,
            "value": float(transition["value"][0]),
            "expected": float(transition["expected"][0]),
            "low": None,
            "high": None,
            "features": list(self._features(transition)),
            "model": _MODEL,
            "detectors": {DETECTOR: float(transition["score"]), "overall": float(transition["overall"])},
        }
        for name in ("score", "threshold", "grade", "p_value", "confidence"):
            fields[name] = float(transition[name])
        position = (int(columns.offset[at]), int(columns.index[at]), _NTH_FROM + nth)
        return event_output(transition, ident, fields, self._topic, self._partition, position)

    def _features(self, transition: Any) -> Iterator[FeatureRecord]:
        """Yield the sensors that tell most; the name of each is the feature."""
        told = (transition[name].tolist() for name in ("sensor_key", "value", "expected", "weight"))
        for key, value, expected, weight in zip(*told, strict=True):
            if key:
                yield FeatureRecord(self._name_of[key], value, expected, weight, "high" if value > expected else "low")

    def changes(self) -> list[tuple[bytes, bytes]]:
        """Return the packed states that changed since the last call."""
        changed = [(relation_key(self._assets[row]), self.relations.pack(row)) for row in self.relations.dirty()]
        changed += [(mode_key(self._assets[row]), self.modes.pack(row)) for row in self.modes.dirty()]
        changed += [(joint_key(self._assets[row]), self.joint_modes.pack(row)) for row in self.joint_modes.dirty()]
        changed += [(sensors_key(one), msgspec.json.encode(self._sensors[one])) for one in sorted(self._joined)]
        self._joined.clear()
        self.relations.clear_dirty()
        self.modes.clear_dirty()
        self.joint_modes.clear_dirty()
        return changed

    @property
    def state_bytes(self) -> int:
        """Size of the state in memory, in bytes."""
        return self.relations.state_bytes + self.modes.state_bytes + self.joint_modes.state_bytes
