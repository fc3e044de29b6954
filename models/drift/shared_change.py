"""Changes that many assets show at the same time."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from models.drift.asset_watch import AssetWatch
from models.drift.evidence import ColumnEvidence
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
    """The assets that show a change, of `watched` that told of the time."""

    members: list[AssetWatch]
    watched: int

    def sensors(self, sensor_type: str) -> list[str]:
        """Return their sensors of a type."""
        return sorted(s for member in self.members for s, of_type in member.types.items() if of_type == sensor_type)


def crowds(
    assets: Iterable[AssetWatch], lane: str, by_type: ByType, changed_us: int, tuning: DriftTuning
) -> dict[str, Crowd]:
    """Return by type who shows what one asset does, where those are enough to be the fleet."""
    in_lane = [asset for asset in assets if asset.lane == lane]
    found = {}
    for sensor_type, columns in by_type.items():
        single = [each for each in columns if each.column.feature != RELATION]
        if not single:
            continue
        crowd = _crowd(in_lane, sensor_type, single[0], changed_us)
        if len(crowd.members) >= max(tuning.fleet_assets, tuning.fleet_share * crowd.watched):
            found[sensor_type] = crowd
    return found


def _crowd(assets: list[AssetWatch], sensor_type: str, lead: ColumnEvidence, changed_us: int) -> Crowd:
    """Return the assets whose sensors of the type show the same as `lead` since then."""
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
    return Crowd(members, watched)
