"""The frequencies at which rotating parts show in a vibration: bearings from their geometry, gears from their teeth.

Source: Randall and Antoni (2011), Rolling element bearing diagnostics: a tutorial, Mechanical Systems and Signal
Processing 25 (outer race at rest, no slip); Randall (2011), Vibration-based Condition Monitoring, Wiley, for gears.
"""

from dataclasses import dataclass
from math import cos, radians

from schemas.errors import BadDataError


@dataclass(frozen=True, slots=True)
class Bearing:
    """Geometry of a rolling element bearing; raises BadDataError where the rolling elements do not fit."""

    balls: int
    ball_diameter_mm: float
    pitch_diameter_mm: float
    contact_angle_deg: float = 0.0

    def __post_init__(self) -> None:
        if self.balls < 1 or not 0.0 < self.ball_diameter_mm < self.pitch_diameter_mm:
            raise BadDataError(
                f"{self} is no bearing: give at least one ball, with a diameter above 0 and below the pitch diameter"
            )
        if not 0.0 <= self.contact_angle_deg < 90.0:
            raise BadDataError(f"contact_angle_deg is {self.contact_angle_deg}: give an angle from 0 to below 90")


@dataclass(frozen=True, slots=True)
class BearingFrequencies:
    """Fault frequencies of a bearing: outer race, inner race, ball spin and cage."""

    bpfo_hz: float
    bpfi_hz: float
    bsf_hz: float
    ftf_hz: float


def bearing_frequencies(bearing: Bearing, shaft_hz: float) -> BearingFrequencies:
    """Return the fault frequencies of `bearing` on a shaft that turns `shaft_hz` times a second.

    A ball with a flaw strikes both races in one turn of its own: expect 2 · bsf_hz as well.
    """
    ratio = bearing.ball_diameter_mm / bearing.pitch_diameter_mm * cos(radians(bearing.contact_angle_deg))
    return BearingFrequencies(
        bpfo_hz=bearing.balls / 2.0 * shaft_hz * (1.0 - ratio),
        bpfi_hz=bearing.balls / 2.0 * shaft_hz * (1.0 + ratio),
        bsf_hz=bearing.pitch_diameter_mm / (2.0 * bearing.ball_diameter_mm) * shaft_hz * (1.0 - ratio * ratio),
        ftf_hz=shaft_hz / 2.0 * (1.0 - ratio),
    )


def gear_mesh_hz(teeth: int, shaft_hz: float) -> float:
    """Return the tooth contacts in a second of a gear of `teeth` on a shaft of `shaft_hz`."""
    if teeth < 1:
        raise BadDataError(f"teeth is {teeth}: give the number of teeth of the gear, at least 1")
    return teeth * shaft_hz


def sidebands_hz(carrier_hz: float, shaft_hz: float, pairs: int = 3) -> tuple[float, ...]:
    """Return the frequencies `carrier_hz` ± k · `shaft_hz`, k = 1 to `pairs`, lowest first, those above 0 only."""
    steps = (*range(-pairs, 0), *range(1, pairs + 1))
    return tuple(hz for hz in (carrier_hz + k * shaft_hz for k in steps) if hz > 0.0)
