"""What kind of cause a change has: before anything learns from it.

A sensor fault and a degrading asset must not become the new normal; a new regime, or a change of the fleet, should.
"""

import numpy as np

from models.drift.asset_watch import AssetWatch
from models.drift.evidence import ColumnEvidence
from models.drift.watched import LEVEL, OPERATING_TYPES, RELATION
from schemas.drift import Action, Cause

ACTIONS: dict[Cause, Action] = {
    "sensor_fault": "inspect_sensor",
    "regime_change": "retrain",
    "asset_degradation": "inspect_asset",
    "fleet_shift": "retrain",
    "performance_loss": "retrain",
}

_STEP_SHARE = 0.6
_RAMP_SHARE = 0.3
_BEFORE = 4


def local_cause(asset: AssetWatch, changed_us: int, columns: list[ColumnEvidence]) -> tuple[Cause, list[str]]:
    """Return the cause of a change that only one asset shows, and why."""
    moved = {each.column.sensor_id for each in columns if each.column.feature != RELATION}
    operating = {sensor for sensor in moved if asset.types.get(sensor) in OPERATING_TYPES}
    ill = _unhealthy(asset, changed_us, moved)
    if ill:
        return "sensor_fault", [f"{', '.join(sorted(ill))} was not healthy in most of the time since"]
    if operating and moved - operating:
        return "regime_change", [
            f"{', '.join(sorted(operating))} changed, and {len(moved - operating)} other sensors of the asset with it"
        ]
    if operating:
        return "sensor_fault", [f"{', '.join(sorted(operating))} changed, and no other sensor of the asset with it"]
    if len(moved) == 1 and len(asset.types) > 1:
        features = {each.column.feature for each in columns if each.column.feature != RELATION}
        if features <= LEVEL and _is_step(asset, changed_us, columns[0]):
            return "sensor_fault", [
                f"only the level of {next(iter(moved))} moved, in one step, and no other sensor of the asset"
            ]
    if not moved:
        return "asset_degradation", ["sensors of the asset no longer go together as they did; each looks usual"]
    return "asset_degradation", [f"{len(moved)} of {len(asset.types)} sensors of this asset alone changed"]


def _unhealthy(asset: AssetWatch, changed_us: int, moved: set[str]) -> set[str]:
    since = asset.since(changed_us)
    return {
        column.sensor_id
        for at, column in enumerate(asset.columns)
        if column.sensor_id in moved and 2 * int(asset.unhealthy[since, at].sum()) >= len(since)
    }


def _is_step(asset: AssetWatch, changed_us: int, most: ColumnEvidence) -> bool:
    """Whether it stood in the second slot where it stands now, and before the change where it always had: no ramp."""
    since = asset.since(changed_us)
    z = asset.z[: since[-1] + 1, asset.columns.index(most.column)]
    before = z[max(since[0] - _BEFORE, 0) : since[0]]
    rose = len(before) > 0 and abs(np.nanmedian(before)) >= _RAMP_SHARE * abs(most.shift)
    return len(since) > 1 and abs(z[since[1]]) >= _STEP_SHARE * abs(most.shift) and not rose
