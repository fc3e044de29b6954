"""All assets of a lane under watch: who changed, whether others did at the same time, and what that means.

An asset that changed waits some slots, so that others can show it too; then its cause is named. A change of a fleet, or
of its regime, becomes the new normal; that of one asset, or of a sensor, stays open until it is back or held too long.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from models.drift.asset_watch import AssetWatch
from models.drift.evidence import ColumnEvidence, Evidence, evidence
from models.drift.triage import local_cause
from models.drift.tuning import DriftTuning
from models.drift.watched import OPERATING_TYPES, RELATION
from schemas.drift import Cause
from schemas.drift_slot import ClosedSlot

_SHOWS_Z = 2.0
# After so many slots a cause is named, though a partition has not told of the time: its machines may be off.
_MOST_WAITS = 24
_TOGETHER_SLOTS = 8


AssetKey = tuple[str, str]
"""Lane and asset."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A change with its cause: of `assets`, since `changed_us`, noticed at `ts_us`, in sensors of `sensor_type`.

    Where the change of one asset is over, the kind is cleared, and `mark` what it was given when it was named.
    """

    kind: Literal["drift", "cleared"]
    cause: Cause
    sensor_type: str
    lane: str
    assets: list[str]
    sensors: list[str]
    watched: int
    changed_us: int
    ts_us: int
    rows: int
    evidence: Evidence
    mark: str
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SharedChange:
    """A change of many assets: since when, in which feature, and which way."""

    changed_us: int
    feature: str
    sign: float


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
        by_type: dict[str, list[ColumnEvidence]] = {}
        for each in found.columns:
            by_type.setdefault(asset.types[each.column.sensor_id], []).append(each)
        if self._is_late_to(asset, by_type):
            asset.accept(change.changed_us)
            return []
        shared: dict[str, tuple[list[AssetWatch], int]] = {}
        for sensor_type, columns in by_type.items():
            single = [each for each in columns if each.column.feature != RELATION]
            if not single:
                continue
            members, watched = self._members(asset, sensor_type, single[0], change.changed_us)
            if len(members) >= self._tuning.fleet_assets and len(members) >= self._tuning.fleet_share * watched:
                shared[sensor_type] = (members, watched)
        if shared:
            return self._shared(asset, found, by_type, shared)
        cause, reasons = local_cause(asset, change.changed_us, found.columns)
        return self._local(asset, found, by_type, cause, reasons)

    def _is_late_to(self, asset: AssetWatch, by_type: dict[str, list[ColumnEvidence]]) -> bool:
        """Whether the asset shows, only later, what the fleet's last change was."""
        assert asset.open is not None
        for sensor_type, columns in by_type.items():
            last = self.shared.get((asset.lane, sensor_type))
            if last is None or abs(asset.open.changed_us - last.changed_us) > _TOGETHER_SLOTS * self._tuning.slot_us:
                continue
            if any(each.column.feature == last.feature and each.shift * last.sign > 0.0 for each in columns):
                return True
        return False

    def _members(
        self, asset: AssetWatch, sensor_type: str, lead: ColumnEvidence, changed_us: int
    ) -> tuple[list[AssetWatch], int]:
        """Return the assets whose sensors of the type show the same since then, and how many told of the time."""
        members, watched = [], 0
        for other in self.assets.values():
            if other.lane != asset.lane:
                continue
            places = [
                at
                for at, column in enumerate(other.columns)
                if column.feature == lead.column.feature and other.types[column.sensor_id] == sensor_type
            ]
            if not places:
                continue
            shifts = np.array([other.shift(at, changed_us) for at in places])
            shifts = shifts[np.isfinite(shifts)]
            watched += bool(len(shifts))
            if (np.sign(lead.shift) * shifts >= _SHOWS_Z).any():
                members.append(other)
        return members, watched

    def _shared(
        self,
        asset: AssetWatch,
        found: Evidence,
        by_type: dict[str, list[ColumnEvidence]],
        shared: dict[str, tuple[list[AssetWatch], int]],
    ) -> list[Finding]:
        """Name a change of many assets, once for each of the types, and let it be the new normal of all of them."""
        change = asset.open
        assert change is not None
        regime = any(sensor_type in OPERATING_TYPES for sensor_type in shared) and len(by_type) > 1
        cause: Cause = "regime_change" if regime else "fleet_shift"
        findings, all_members = [], {}
        for sensor_type, (members, watched) in shared.items():
            all_members.update({member.asset_id: member for member in members})
            lead = by_type[sensor_type][0]
            self.shared[asset.lane, sensor_type] = SharedChange(
                change.changed_us, lead.column.feature, float(np.sign(lead.shift))
            )
            sensors = sorted(
                sensor for member in members for sensor, of_type in member.types.items() if of_type == sensor_type
            )
            reason = (
                f"{len(members)} of {watched} assets with sensors of type {sensor_type or 'unknown'} changed together"
            )
            findings.append(
                self._finding(
                    asset, cause, sensor_type, members, sensors, watched, by_type[sensor_type], found, [reason]
                )
            )
        for member in all_members.values():
            member.accept(change.changed_us)
            self.touched.add((member.lane, member.asset_id))
        return findings

    def _local(
        self,
        asset: AssetWatch,
        found: Evidence,
        by_type: dict[str, list[ColumnEvidence]],
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
            findings.append(self._finding(asset, cause, sensor_type, [asset], sensors, 1, columns, found, reasons))
        if cause == "regime_change":
            asset.accept(change.changed_us)
        return findings

    def _finding(
        self,
        asset: AssetWatch,
        cause: Cause,
        sensor_type: str,
        members: list[AssetWatch],
        sensors: list[str],
        watched: int,
        columns: list[ColumnEvidence],
        found: Evidence,
        reasons: list[str],
    ) -> Finding:
        change = asset.open
        assert change is not None
        rows = sum(sum(member.rows[at] for at in member.since(change.changed_us)) for member in members)
        return Finding(
            kind="drift",
            cause=cause,
            sensor_type=sensor_type,
            lane=asset.lane,
            assets=sorted(member.asset_id for member in members),
            sensors=sensors,
            watched=watched,
            changed_us=change.changed_us,
            ts_us=asset.start_us[-1] + self._tuning.slot_us,
            rows=rows,
            evidence=replace(found, columns=columns),
            mark=change.mark,
            reasons=reasons,
        )
