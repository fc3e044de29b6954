"""Settings of the readings lane: from what is accepted to what is raised."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from schemas.errors import SettingsError
from stream_app.settings.branch import Branch, check_limits, read_json


class ReadingsSettings(Branch):
    """What is accepted as a reading, and when."""

    grace_s: float = Field(0.0, ge=0.0, le=86_400.0, description="readings out of order wait so long")
    max_message_bytes: int = Field(1_000_000, ge=1_000, description="larger messages are refused")
    max_future_s: float = Field(300.0, ge=0.0, description="readings so far ahead are refused")


class DetectionSettings(Branch):
    """How readily anomalies are raised; the meaning of each is in `models/tuning.py`."""

    learn_readings: int = Field(750, ge=60, le=1_000_000, description="readings of a sensor to learn from first")
    profile: Literal["full", "light"] = Field(
        "full", description="what is kept of a sensor: 24 KB, or 4 KB for very many of them"
    )
    novelty_threshold: float = Field(0.32, ge=0.001, le=1_000.0, description="novelty score that raises")
    raise_z: float = Field(
        1.45, ge=0.1, le=1_000.0, description="deviation that opens an episode; 1 is the largest healthy one"
    )
    clear_z: float = Field(1.0, ge=0.01, le=1_000.0, description="deviation below which an episode closes")
    hold_readings: int = Field(5, ge=1, le=10_000, description="readings in a row that open an episode")

    @model_validator(mode="after")
    def _clear_below_raise(self) -> Self:
        if self.clear_z > self.raise_z:
            raise ValueError(f"clear_z {self.clear_z} must not be above raise_z {self.raise_z}")
        return self


class WindowsSettings(Branch):
    """Windows of readings, and when one is strange; the meaning of each is in `models/windows/tuning.py`."""

    readings: int = Field(64, ge=8, le=64, description="readings of a window")
    hop: int = Field(16, ge=2, le=64, description="readings from one window to the next, a divisor of these")
    by_type: dict[str, tuple[int, int]] = Field(
        {}, description='`{"SENSOR_TYPE": [readings, hop]}` where other windows are wanted'
    )
    raise_p: float = Field(0.0025, ge=1e-12, le=0.1, description="a window less likely than this is strange")

    _from_json = field_validator("by_type", mode="before")(read_json)

    @model_validator(mode="after")
    def _shapes_can_be_kept(self) -> Self:
        from models.windows.tuning import WindowShape

        for shape in ((self.readings, self.hop), *self.by_type.values()):
            try:
                WindowShape(*shape)
            except SettingsError as error:
                raise ValueError(str(error)) from None
        return self


class RelationsSettings(Branch):
    """When the sensors of an asset part from each other; the meaning of each is in `models/assets/tuning.py`."""

    tick_s: float = Field(
        0.0, ge=0.0, le=86_400.0, description="time between two looks; 0 is the slowest sensor's period"
    )
    learn_ticks: int = Field(400, ge=60, le=1_000_000, description="looks at an asset to learn from first")
    raise_z: float = Field(2.25, ge=0.8, le=1_000.0, description="deviation that raises; 1 is the largest healthy one")
    hold_ticks: int = Field(5, ge=1, le=200, description="looks in a row that raise")


class RegimesSettings(Branch):
    """Operating modes of assets; the meaning of each is in `models/regimes/tuning.py`."""

    speed_types: tuple[str, ...] = Field(
        ("speed", "rpm", "rotational_speed"), description="sensor types whose level tells the mode, as a JSON list"
    )
    mode_types: tuple[str, ...] = Field(
        ("mode", "operating_mode"), description="sensor types whose value is the number of the mode, as a JSON list"
    )
    learn_readings: int = Field(
        100, ge=10, le=1_000_000, description="readings of a sensor in a new mode to learn from"
    )
    find_readings: int = Field(
        5000,
        ge=0,
        le=10_000_000,
        description="readings of each sensor in which modes are looked for where no sensor tells them; 0: never",
    )

    _from_json = field_validator("speed_types", "mode_types", mode="before")(read_json)


class FeaturesSettings(Branch):
    """What becomes of feature rows."""

    publish: Literal["all", "sampled", "none"] = Field(
        "all", description="feature rows that go to pdm.features.v1; sampled is one in 16 of a sensor"
    )


class HealthSettings(Branch):
    """When a sensor is taken for unhealthy, apart from its machine."""

    stuck_after_s: float = Field(5.0, ge=0.0, le=86_400.0, description="equal readings must last so long to be stuck")
    good_readings: int = Field(10, ge=1, le=250, description="good readings in a row that make a sensor ok again")
    limits: dict[str, tuple[float, float]] = Field(
        {}, description='`{"SENSOR_TYPE": [low, high]}` in the unit of its readings: what lies beyond cannot be'
    )

    _from_json = field_validator("limits", mode="before")(read_json)
    _low_below_high = field_validator("limits")(check_limits)
