"""Changes that many assets show at the same time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from models.drift.asset_watch import AssetWatch
from models.drift.evidence import ColumnEvidence, Evidence, evidence
from models.drift.tuning import DriftTuning
from models.drift.watched import RELATION

_SHOWS_Z = 2.0
_TOGETHER_SLOTS = 8

ByType = dict[str, list[ColumnEvidence]]
"""What is confirmed of an asset's columns, by the type of their sensors."""


@dataclass(frozen=True, slots=True)
class SharedChange:
    """A change of many assets: since when, in which feature, and which way."""

    changed_us: int
    feature: str
    sign: float

    @classmethod
    def led_by(cls, lead: ColumnEvidence, changed_us: int) -> "SharedChange":
        """Return the change that a column shows most clearly."""
        return cls(changed_us, lead.column.feature, float(np.sign(lead.shift)))

    def is_shown_later_by(self, columns: list[ColumnEvidence], changed_us: int, slot_us: int) -> bool:
        """Whether columns that changed at another time, not long from it, show the same."""
        if abs(changed_us - self.changed_us) > _TOGETHER_SLOTS * slot_us:
            return False
        return any(each.column.feature == self.feature and each.shift * self.sign > 0.0 for each in columns)


@dataclass(frozen=True, slots=True)
class Crowd:
    """The assets that show a change, of `watched` that told of the time; `evidence` is that of one of them."""

    members: list[AssetWatch]
    watched: int
    evidence: Evidence

    def sensors(self, sensor_type: str) -> list[str]:
        """Return their sensors of a type."""
        return sorted(s for member in self.members for s, of_type in member.types.items() if of_type == sensor_type)


def by_sensor_type(asset: AssetWatch, found: Evidence) -> ByType:
    """Return the confirmed columns by the type of their sensors, in the order of the evidence."""
    by_type: ByType = {}
    for each in found.columns:
        by_type.setdefault(asset.types[each.column.sensor_id], []).append(each)
    return by_type


def crowds(
    assets: Iterable[AssetWatch], asset: AssetWatch, found: Evidence, changed_us: int, tuning: DriftTuning
) -> dict[str, Crowd]:
    """Return by type who shows what one asset does, where those are enough to be the fleet.

    Of types that it has no sensors of, another one of the crowd is asked.
    """
    in_lane = [one for one in assets if one.lane == asset.lane]
    shared: dict[str, Crowd] = {}
    asked: set[str] = set()
    witness: AssetWatch | None = asset
    while witness is not None:
        for sensor_type, columns in by_sensor_type(witness, found).items():
            single = [each for each in columns if each.column.feature != RELATION]
            if sensor_type in shared or not single:
                continue
            members, watched = _crowd(in_lane, sensor_type, single[0], changed_us)
            if len(members) >= max(tuning.fleet_assets, tuning.fleet_share * watched):
                shared[sensor_type] = Crowd(members, watched, replace(found, columns=columns))
        asked |= set(witness.types.values())
        unheard = (
            one for crowd in shared.values() for one in crowd.members if not asked.issuperset(one.types.values())
        )
        witness = next(unheard, None)
        if witness is not None:
            found = evidence(witness, changed_us, tuning)
    return shared


def _crowd(
    assets: list[AssetWatch], sensor_type: str, lead: ColumnEvidence, changed_us: int
) -> tuple[list[AssetWatch], int]:
    """Return the assets whose sensors of the type show the same as `lead` since then, and how many told of it."""
    members, watched = [], 0
    for other in assets:
        shifts = np.array(
            [
                other.shift(at, changed_us)
                for at, column in enumerate(other.columns)
                if column.feature == lead.column.feature and other.types[column.sensor_id] == sensor_type
            ]
        )
        shifts = shifts[np.isfinite(shifts)]
        watched += bool(len(shifts))
        if (np.sign(lead.shift) * shifts >= _SHOWS_Z).any():
            members.append(other)
    return members, watched
