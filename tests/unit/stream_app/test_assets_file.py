"""Facts about machines from a file, and clear words about what is wrong in it."""

from math import isnan
from pathlib import Path

import pytest

from schemas.errors import SettingsError
from stream_app.assets_file import read_assets

GOOD = """
[assets."pump-1"]
speed_rpm = 1480
bearing = { balls = 9, ball_diameter_mm = 7.94, pitch_diameter_mm = 39.04 }

[sensors."pump-1/gearbox"]
gear_teeth = 23

[sensors.motor]
asset_id = "pump-1"
speed_rpm = 2960
"""


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "assets.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_sensor_has_its_asset_s_facts_and_its_own(tmp_path: Path) -> None:
    book = read_assets(_written(tmp_path, GOOD))
    pump, gearbox, motor = (book.of("pump-1", name) for name in ("pump-1/v", "pump-1/gearbox", "motor"))
    assert (pump.speed_rpm, gearbox.speed_rpm, motor.speed_rpm) == (1480.0, 1480.0, 2960.0)
    assert pump.lines.bearing_orders == gearbox.lines.bearing_orders == motor.lines.bearing_orders
    assert pump.lines.bearing_orders == pytest.approx((3.585, 5.415, 2.357, 0.398), abs=1e-3)
    assert (pump.lines.gear_order, gearbox.lines.gear_order) == (0.0, 23.0)
    unknown = book.of("pump-2", "pump-2/v")
    assert isnan(unknown.speed_rpm)
    assert not unknown.lines


def test_no_file_is_an_empty_book() -> None:
    assert isnan(read_assets(None).of("a", "a/b").speed_rpm)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[assets", "not TOML"),
        ("[assets.a]\nspeed = 1", "assets.a.speed"),
        ("[assets.a]\nspeed_rpm = -1", "assets.a.speed_rpm"),
        ("[assets.a.bearing]\nballs = 0", "assets.a.bearing"),
        ("[assets.a.bearing]\nballs = 5\nball_diameter_mm = 9\npitch_diameter_mm = 8", "pitch diameter"),
        ("[machines.a]\nspeed_rpm = 1", "machines"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, word: str) -> None:
    path = _written(tmp_path, text)
    with pytest.raises(SettingsError, match=word) as caught:
        read_assets(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_away_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"away\.toml"):
        read_assets(tmp_path / "away.toml")
