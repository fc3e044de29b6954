"""Fault frequencies equal a published bearing's table, and hold the laws of rolling."""

import numpy as np
import pytest

from models.features.rotation import Bearing, bearing_frequencies, gear_mesh_hz, sidebands_hz
from schemas.errors import BadDataError

SKF_6205 = Bearing(balls=9, ball_diameter_mm=7.94, pitch_diameter_mm=39.04)


def test_equals_the_table_of_the_case_western_drive_end_bearing() -> None:
    # Source: Case Western Reserve University Bearing Data Center, multiples of the shaft's speed.
    found = bearing_frequencies(SKF_6205, 1.0)
    assert found.bpfi_hz == pytest.approx(5.4152, abs=2e-4)
    assert found.bpfo_hz == pytest.approx(3.5848, abs=2e-4)
    assert found.ftf_hz == pytest.approx(0.39828, abs=1e-4)
    assert 2.0 * found.bsf_hz == pytest.approx(4.7135, abs=1e-3)


def test_the_laws_of_rolling_hold() -> None:
    bearing = Bearing(balls=16, ball_diameter_mm=8.4, pitch_diameter_mm=71.5, contact_angle_deg=15.17)
    found = bearing_frequencies(bearing, 33.3)
    assert found.bpfo_hz + found.bpfi_hz == pytest.approx(16 * 33.3)
    assert found.bpfo_hz == pytest.approx(16 * found.ftf_hz)
    # Surface speeds at the ball: by the cage along the outer race, and by the ball's own spin, are equal.
    ratio = 8.4 / 71.5 * np.cos(np.radians(15.17))
    along_race = found.ftf_hz * 71.5 * (1.0 + ratio)
    assert found.bsf_hz * 8.4 == pytest.approx(along_race)


@pytest.mark.parametrize("geometry", [(0, 1.0, 2.0, 0.0), (8, 2.0, 2.0, 0.0), (8, 0.0, 2.0, 0.0), (8, 1.0, 2.0, 90.0)])
def test_what_is_no_bearing_is_refused(geometry: tuple[int, float, float, float]) -> None:
    with pytest.raises(BadDataError, match="give"):
        Bearing(*geometry)


def test_gear_mesh_and_sidebands() -> None:
    mesh_hz = gear_mesh_hz(23, 25.0)
    assert mesh_hz == 575.0
    assert sidebands_hz(mesh_hz, 25.0, pairs=2) == (525.0, 550.0, 600.0, 625.0)
    assert sidebands_hz(50.0, 25.0) == (25.0, 75.0, 100.0, 125.0)
    with pytest.raises(BadDataError, match="teeth is 0"):
        gear_mesh_hz(0, 25.0)
