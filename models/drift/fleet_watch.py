"""All assets of a lane under watch: who changed, whether others did at the same time, and what that means.

An asset that changed waits some slots, so that others can show it too; then its cause is named. A change of a fleet, or
of its regime, becomes the new normal; that of one asset, or of a sensor, stays open until it is back or held too long.
"""

from collections.abc import Iterator
from dataclasses import replace

from models.drift.asset_watch import AssetWatch
from models.drift.evidence import Evidence, evidence
from models.drift.finding import Finding
from models.drift.shared_change import ByType, Crowd, SharedChange, by_sensor_type, crowds
from models.drift.triage import local_cause
from models.drift.tuning import DriftTuning
from models.drift.watched import OPERATING_TYPES
from schemas.drift import Cause
from schemas.drift_slot import ClosedSlot

# After so many slots a cause is named, though a partition has not told of the time: its machines may be off.
_MOST_WAITS = 24

AssetKey = tuple[str, str]
"""Lane and asset."""


class FleetWatch:
    """Assets by lane and name; `advance` takes closed slots in any order of assets."""

    def __init__(self, tuning: DriftTuning) -> None:
        self._tuning = tuning
        self._marks: Iterator[str] = iter(())
        self.assets: dict[AssetKey, AssetWatch] = {}
        self.touched: set[AssetKey] = set()
        # The last change that many showed, by lane and sensor type: who shows it later has the same cause.
        self.shared: dict[tuple[str, str], SharedChange] = {}
        # End of the newest slot, by lane and the partition that it came from: how far each has told.
        self.progress_us: dict[tuple[str, int], int] = {}

    def advance(self, lane: str, asset_id: str, slot: ClosedSlot, origin: int, marks: Iterator[str]) -> list[Finding]:
        """Take in a closed slot of an asset; return what is found by it.

        Slots of one `origin`, a partition, come in order of time. What is named now keeps the next of `marks`.
        """
        self._marks = marks
        key = (lane, asset_id)
        asset = self.assets.get(key)
        if asset is None:
            asset = self.assets[key] = AssetWatch(lane, asset_id, self._tuning)
        if asset.start_us and slot.start_us <= asset.start_us[-1]:
            return []
        self.progress_us[lane, origin] = max(slot.end_us, self.progress_us.get((lane, origin), 0))
        asset.advance(slot)
        self.touched.add(key)
        if asset.open is not None and asset.open.verdict:
            return self._watch_over(asset)
        findings = []
        for waiting in [one for one in self.assets.values() if self._is_due(one, lane)]:
            # Naming one may have named others.
            if waiting.open is not None:
                waiting.open.looked_at = waiting.open.slots
                self.touched.add((lane, waiting.asset_id))
                findings += self._name(waiting)
        return findings

    def _is_due(self, asset: AssetWatch, lane: str) -> bool:
        """Whether the cause of an asset's change can be named: others have told of the same time, or it waited long."""
        change = asset.open
        if asset.lane != lane or change is None or change.verdict or change.slots < self._tuning.wait_slots:
            return False
        if change.slots == change.looked_at:
            return False
        told_us = min(us for (of, _), us in self.progress_us.items() if of == lane)
        return told_us >= change.noticed_us + self._tuning.slot_us or change.slots >= _MOST_WAITS

    def release(self, asset_id: str, *, repaired: bool) -> list[Finding]:
        """End the quarantine of an asset by an operator's word: what it does is normal, or it is repaired."""
        findings = []
        for asset in [one for one in self.assets.values() if one.asset_id == asset_id]:
            asset.release()
            self.touched.add((asset.lane, asset_id))
            if asset.open is not None:
                findings += self._end(asset, accept=not repaired)
        return findings

    def _watch_over(self, asset: AssetWatch) -> list[Finding]:
        """Close a named change that is over; accept one that is held too long."""
        if asset.is_held_too_long:
            return self._end(asset, accept=True)
        return self._end(asset, accept=False) if asset.is_back else []

    def _end(self, asset: AssetWatch, *, accept: bool) -> list[Finding]:
        change = asset.open
        assert change is not None
        if accept:
            asset.accept(change.changed_us)
        else:
            asset.close()
        if change.verdict != "asset_degradation":
            return []
        nothing = Evidence([], float("nan"), float("nan"))
        sensors = sorted({asset.columns[at].sensor_id for at in change.columns})
        return [
            Finding(
                "cleared", "asset_degradation", change.sensor_type, asset.lane, [asset.asset_id], sensors, 1,
                change.changed_us, asset.start_us[-1] + self._tuning.slot_us, 0, nothing, change.mark,
            )
        ]  # fmt: skip

    def _name(self, asset: AssetWatch) -> list[Finding]:
        change = asset.open
        assert change is not None
        found = evidence(asset, change.changed_us, self._tuning)
        if not found.columns:
            if asset.is_held_too_long:
                asset.accept(change.changed_us)
            elif asset.is_back:
                asset.close()
            return []
        by_type = by_sensor_type(asset, found)
        if all(each.catches_up for each in found.columns) or self._is_late_to(asset, by_type):
            asset.accept(change.changed_us)
            return []
        shared = crowds(self.assets.values(), asset, found, change.changed_us, self._tuning)
        if shared:
            return self._shared(asset, len(by_type.keys() | shared.keys()) > 1, shared)
        cause, reasons = local_cause(asset, change.changed_us, found.columns)
        return self._local(asset, found, by_type, cause, reasons)

    def _is_late_to(self, asset: AssetWatch, by_type: ByType) -> bool:
        """Whether the asset shows, only later, what the fleet's last change was."""
        change = asset.open
        assert change is not None
        return any(
            last.is_shown_later_by(columns, change.changed_us, self._tuning.slot_us)
            for sensor_type, columns in by_type.items()
            if (last := self.shared.get((asset.lane, sensor_type))) is not None
        )

    def _shared(self, asset: AssetWatch, several: bool, shared: dict[str, Crowd]) -> list[Finding]:
        """Name a change of many assets, once for each of the types, and let it be the new normal of all of them."""
        change = asset.open
        assert change is not None
        regime = any(sensor_type in OPERATING_TYPES for sensor_type in shared) and several
        cause: Cause = "regime_change" if regime else "fleet_shift"
        findings, all_members = [], {}
        for sensor_type, crowd in shared.items():
            all_members.update({member.asset_id: member for member in crowd.members})
            self.shared[asset.lane, sensor_type] = SharedChange.led_by(crowd.evidence.columns[0], change.changed_us)
            reason = (
                f"{len(crowd.members)} of {crowd.watched} assets with sensors of type {sensor_type or 'unknown'} "
                "changed together"
            )
            findings.append(self._finding(asset, cause, sensor_type, crowd, crowd.sensors(sensor_type), [reason]))
        for member in all_members.values():
            member.accept(change.changed_us)
            self.touched.add((member.lane, member.asset_id))
        return findings

    def _local(
        self,
        asset: AssetWatch,
        found: Evidence,
        by_type: ByType,
        cause: Cause,
        reasons: list[str],
    ) -> list[Finding]:
        change = asset.open
        assert change is not None
        if cause != "regime_change":
            change.verdict, change.sensor_type, change.mark = cause, next(iter(by_type)), next(self._marks)
        types = list(by_type) if cause == "regime_change" else list(by_type)[:1]
        findings = []
        for sensor_type in types:
            columns = by_type[sensor_type] if cause == "regime_change" else found.columns
            sensors = sorted({each.column.sensor_id for each in columns})
            alone = Crowd([asset], 1, replace(found, columns=columns))
            findings.append(self._finding(asset, cause, sensor_type, alone, sensors, reasons))
        if cause == "regime_change":
            asset.accept(change.changed_us)
        return findings

    def _finding(
        self,
        asset: AssetWatch,
        cause: Cause,
        sensor_type: str,
        crowd: Crowd,
        sensors: list[str],
        reasons: list[str],
    ) -> Finding:
        change = asset.open
        assert change is not None
        rows = sum(member.rows_of_type(sensor_type, change.changed_us) for member in crowd.members)
        return Finding(
            kind="drift",
            cause=cause,
            sensor_type=sensor_type,
            lane=asset.lane,
            assets=sorted(member.asset_id for member in crowd.members),
            sensors=sensors,
            watched=crowd.watched,
            changed_us=change.changed_us,
            ts_us=asset.start_us[-1] + self._tuning.slot_us,
            rows=rows,
            evidence=crowd.evidence,
            mark=change.mark,
            reasons=reasons,
        )
