"""What a training came to."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from schemas.model_names import Alias
from stream_app.training.gathering import GatheredRows

if TYPE_CHECKING:
    from connectors.model_registry.versions import Version


@dataclass(frozen=True, slots=True)
class Trained:
    """A registered version with the figures that it and the champion got on the same rows."""

    name: str
    version: int
    run_id: str
    alias: Alias
    algorithm: str
    sensor_type: str | None
    lane: str
    gathered: GatheredRows
    metrics: dict[str, float]
    champion: "tuple[Version, dict[str, float]] | None"

    def document(self) -> dict[str, Any]:
        """Return what `train --json` prints."""
        data = self.gathered.data
        champion = self.champion
        return {
            "model": self.name,
            "version": str(self.version),
            "algorithm": self.algorithm,
            "run_id": self.run_id,
            "sensor_type": self.sensor_type,
            "lane": self.lane,
            "alias": self.alias,
            "rows": data.rows,
            "data": {
                "from": data.from_ts,
                "to": data.to_ts,
                "sensors": data.sensors,
                "rows_quarantined": self.gathered.quarantined,
                "ranges": [msgspec.structs.asdict(each) for each in data.ranges],
                "files": list(data.files),
                "sha256": data.sha256,
            },
            "metrics": self.metrics,
            "champion": None if champion is None else {"version": str(champion[0].version), "metrics": champion[1]},
        }  # fmt: skip
