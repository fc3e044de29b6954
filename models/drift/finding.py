"""What the drift watch found: a change with its cause."""

from dataclasses import dataclass, field
from typing import Literal

from models.drift.evidence import Evidence
from schemas.drift import Cause


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
