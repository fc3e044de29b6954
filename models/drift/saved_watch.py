"""The watch over an asset as bytes: arrays by name, the rest as JSON in their metadata."""

import json
from dataclasses import asdict

import numpy as np

from models.array_file import pack_arrays, unpack_arrays
from models.drift.asset_watch import AssetWatch, Column, OpenChange
from models.drift.fleet_watch import FleetWatch
from models.drift.shared_change import SharedChange
from models.drift.tuning import DriftTuning
from schemas.errors import BadDataError

STATE_VERSION = 1
_ROWS = ("x", "spread", "z", "unhealthy")
_LISTS = ("start_us", "rows", "taught", "suspect")


def pack_asset(asset: AssetWatch) -> bytes:
    """Return everything that is known of an asset."""
    arrays = {
        **asset.reference.arrays(),
        **asset.windows.arrays(),
        **{f"slot_{name}": getattr(asset, name) for name in _ROWS},
        **{f"slot_{name}": np.array(getattr(asset, name), np.int64) for name in _LISTS},
    }
    facts = {
        "version": STATE_VERSION,
        "lane": asset.lane,
        "asset_id": asset.asset_id,
        "columns": [(column.sensor_id, column.feature, column.other) for column in asset.columns],
        "types": asset.types,
        "open": None if asset.open is None else asdict(asset.open),
        "suspect_since_us": asset.suspect_since_us,
        "released": asset.released,
        "form": _form(asset.tuning),
    }
    return pack_arrays(arrays, {"facts": json.dumps(facts, separators=(",", ":"))})


def unpack_asset(packed: bytes, tuning: DriftTuning) -> AssetWatch | None:
    """Return what was packed, or None where it was learned with other slots or seasons; BadDataError on other bytes."""
    arrays, metadata = unpack_arrays(packed)
    facts = json.loads(metadata["facts"])
    if facts["version"] != STATE_VERSION:
        raise BadDataError(
            f"Stored drift state has version {facts['version']}, not {STATE_VERSION}; "
            "use the release that wrote it, or delete the state table to learn anew."
        )
    if facts["form"] != _form(tuning):
        return None
    asset = AssetWatch(facts["lane"], facts["asset_id"], tuning)
    asset.add_columns([Column(*column) for column in facts["columns"]])
    asset.types = facts["types"]
    asset.open = None if facts["open"] is None else OpenChange(**facts["open"])
    asset.suspect_since_us, asset.released = facts["suspect_since_us"], facts["released"]
    asset.reference.restore(arrays)
    asset.windows.restore(arrays)
    for name in _ROWS:
        setattr(asset, name, arrays[f"slot_{name}"].copy())
    asset.start_us, asset.rows = arrays["slot_start_us"].tolist(), arrays["slot_rows"].tolist()
    asset.taught, asset.suspect = (arrays[f"slot_{name}"].astype(bool).tolist() for name in ("taught", "suspect"))
    return asset


def _form(tuning: DriftTuning) -> list[float]:
    return [tuning.slot_s, tuning.season_s]


def pack_fleet(fleet: FleetWatch) -> bytes:
    """Return what is known of the fleet beside its assets."""
    shared = [(*key, *asdict(change).values()) for key, change in sorted(fleet.shared.items())]
    progress = [(*key, us) for key, us in sorted(fleet.progress_us.items())]
    return json.dumps({"shared": shared, "progress_us": progress}, separators=(",", ":")).encode()


def restore_fleet(fleet: FleetWatch, packed: bytes) -> None:
    """Put back what `pack_fleet` returned."""
    facts = json.loads(packed)
    fleet.shared = {(lane, sensor_type): SharedChange(*rest) for lane, sensor_type, *rest in facts["shared"]}
    fleet.progress_us = {(lane, partition): us for lane, partition, us in facts["progress_us"]}
