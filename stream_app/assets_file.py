"""The file of what is known of machines: speeds, bearings and gears, by asset or by sensor.

    [assets."pump-1"]
    speed_rpm = 1480
    bearing = { balls = 9, ball_diameter_mm = 7.94, pitch_diameter_mm = 39.04 }

    [sensors."pump-1/gearbox"]
    gear_teeth = 23

What a sensor's table leaves out holds as its asset's table says, told by the part of its name before the first slash
or by `asset_id`.
"""

import tomllib
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.errors import BadDataError, SettingsError
from schemas.message_fields import default_asset_id

if TYPE_CHECKING:
    from agents.assets import AssetBook, MachineFacts


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BearingTable(_Table):
    """Geometry of a rolling element bearing."""

    balls: int = Field(ge=1)
    ball_diameter_mm: float = Field(gt=0)
    pitch_diameter_mm: float = Field(gt=0)
    contact_angle_deg: float = Field(0.0, ge=0, lt=90)


class MachineTable(_Table):
    """Facts of an asset."""

    speed_rpm: float | None = Field(None, gt=0, le=1e6)
    bearing: BearingTable | None = None
    gear_teeth: int | None = Field(None, ge=1)


class SensorTable(MachineTable):
    """Facts of a sensor that differ from its asset's."""

    asset_id: str | None = None


class AssetsFile(_Table):
    """The whole file."""

    assets: dict[str, MachineTable] = {}
    sensors: dict[str, SensorTable] = {}


def read_assets(path: Path | None) -> "AssetBook":
    """Return what the file says; an empty book where there is none. Raises SettingsError on a file that is wrong."""
    from agents.assets import AssetBook

    if path is None:
        return AssetBook()
    try:
        found = AssetsFile.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise SettingsError(f"Assets file {path} cannot be read: {error.strerror}; correct assets_file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"Assets file {path} is not TOML: {error}; correct it at that place.") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise SettingsError(f"Assets file {path} is wrong at {place}: {first['msg']}; correct it there.") from None
    try:
        return AssetBook(
            assets={name: _facts(table) for name, table in found.assets.items()},
            sensors={name: _facts(_merged(found, name, table)) for name, table in found.sensors.items()},
        )
    except BadDataError as error:
        raise SettingsError(f"Assets file {path} is wrong: {error}") from None


def _merged(found: AssetsFile, sensor_id: str, table: SensorTable) -> MachineTable:
    asset = found.assets.get(table.asset_id or default_asset_id(sensor_id), MachineTable())
    return asset.model_copy(update=table.model_dump(include=table.model_fields_set - {"asset_id"}))


def _facts(table: MachineTable) -> "MachineFacts":
    from agents.assets import MachineFacts
    from models.blocks.machine_lines import MachineLines
    from models.features.rotation import Bearing

    bearing = None if table.bearing is None else Bearing(**BearingTable.model_validate(table.bearing).model_dump())
    speed_rpm = nan if table.speed_rpm is None else table.speed_rpm
    return MachineFacts(speed_rpm, MachineLines.of(bearing, table.gear_teeth))
