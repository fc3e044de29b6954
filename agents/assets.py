"""What is known of the machines that sensors sit on."""

from dataclasses import dataclass, field
from math import nan

from models.blocks.machine_lines import NO_LINES, MachineLines


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """Nominal speed of the shaft (NaN: not known), and where its bearing and gear show."""

    speed_rpm: float = nan
    lines: MachineLines = NO_LINES


@dataclass(frozen=True, slots=True)
class AssetBook:
    """Facts by asset, and by sensor where one differs from its asset."""

    assets: dict[str, MachineFacts] = field(default_factory=dict)
    sensors: dict[str, MachineFacts] = field(default_factory=dict)

    def of(self, asset_id: str, sensor_id: str) -> MachineFacts:
        """Return what is known of a sensor's place; facts without anything where nothing is."""
        return self.sensors.get(sensor_id) or self.assets.get(asset_id) or _NOTHING


_NOTHING = MachineFacts()
