"""The drift watch over a fleet: slots and labels in; drift, and anomalies of degrading assets, out. Pure, no Kafka."""

from itertools import count

import msgspec

from agents.applied_offset import applied_offset, new_records
from agents.drift_events import anomaly_output, drift_output
from agents.labelled_drift import LabelledDrift
from agents.outputs import Applied, NoSavedState, Output, SavedState
from agents.state_keys import FLEET, WATCHED, watch_key
from models.drift.finding import Finding
from models.drift.fleet_watch import FleetWatch
from models.drift.saved_watch import pack_asset, pack_fleet, restore_fleet, unpack_asset
from models.drift.tuning import DriftTuning
from schemas.anomaly import anomaly_id
from schemas.anomaly_record import SourceRecord
from schemas.drift_slot import DriftMessage, Released, SlotMessage, decode_message
from schemas.errors import BadDataError
from schemas.records import RecordColumns


class DriftPartition:
    """What is known of every asset whose slots come in this partition."""

    def __init__(self, source: str, partition: int, tuning: DriftTuning, saved: SavedState | None = None) -> None:
        self._source, self._partition = source, partition
        saved = saved or NoSavedState()
        self._applied = applied_offset(saved, source)
        self.fleet = FleetWatch(tuning)
        for key in sorted(key for key in saved if key.startswith(WATCHED)):
            packed = saved.read(key)
            asset = None if packed is None else unpack_asset(packed, tuning)
            if asset is not None:
                self.fleet.assets[asset.lane, asset.asset_id] = asset
        packed = saved.read(FLEET)
        if packed is not None:
            restore_fleet(self.fleet, packed)
        self._labelled = LabelledDrift(self.fleet, tuning, saved)

    @property
    def sensors(self) -> int:
        """How many sensors are held."""
        return sum(len(asset.types) for asset in self.fleet.assets.values())

    @property
    def state_bytes(self) -> int:
        """Size of the state in memory, in bytes."""
        return sum(asset.state_bytes for asset in self.fleet.assets.values())

    def apply(self, records: RecordColumns) -> Applied:
        """Take records in order of offset; those already in the saved state change nothing."""
        applied = Applied()
        for at in new_records(records, self._applied):
            offset = self._applied = int(records.offset[at])
            try:
                message = decode_message(records.value(at) or b"")
            except msgspec.DecodeError as error:
                raise BadDataError(
                    f"Record {offset} of {self._source} is no slot ({error}); nothing but this role may write there."
                ) from None
            applied.units += 1
            applied.outputs += self._take(message, offset, int(records.timestamp_ms[at]) * 1000)
        return applied

    def _take(self, message: DriftMessage, offset: int, written_us: int) -> list[Output]:
        source = SourceRecord(self._source, self._partition, offset, offset)
        if isinstance(message, Released):
            findings = self.fleet.release(message.asset_id, repaired=message.repaired)
        elif isinstance(message, SlotMessage):
            marks = (anomaly_id(self._source, self._partition, offset, nth, "pattern") for nth in count())
            origin, source = message.source.partition, message.source
            findings = self.fleet.advance(message.lane, message.asset_id, message.slot, origin, marks)
        else:
            return list(self._labelled.take(message, written_us, source))
        found = list[Output]()
        for finding in findings:
            found += self._outputs(finding, offset, len(found), source)
        return found

    def _outputs(self, finding: Finding, offset: int, nth: int, source: SourceRecord) -> list[Output]:
        found = []
        if finding.kind == "drift":
            found.append(drift_output(finding, self._source, self._partition, (offset, 0, nth), source))
        if finding.cause == "asset_degradation":
            found.append(anomaly_output(finding, self._source, self._partition, (offset, 0, nth + 1), source))
        return found

    def changes(self) -> list[tuple[bytes, bytes]]:
        """Return the packed states that changed since the last call."""
        touched, self.fleet.touched = sorted(self.fleet.touched), set()
        found = [(watch_key(*key), pack_asset(self.fleet.assets[key])) for key in touched]
        if touched:
            found.append((FLEET, pack_fleet(self.fleet)))
        return found + self._labelled.changes()
