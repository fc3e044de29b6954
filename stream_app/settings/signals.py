"""Settings of the signals lane."""

from pydantic import Field, field_validator

from stream_app.settings.branch import Branch, check_limits, read_json


class SignalsSettings(Branch):
    """How waveform blocks are judged; the meaning of each is in `models/blocks/tuning.py`."""

    learn_blocks: int = Field(30, ge=8, le=1_000_000, description="blocks of a sensor to learn from at least")
    learn_s: float = Field(30.0, ge=0.0, le=1e9, description="and at least so much of its time")
    hold_blocks: int = Field(3, ge=1, le=10_000, description="strange blocks in a row that raise an anomaly")
    limits: dict[str, tuple[float, float]] = Field(
        {}, description='`{"UNIT": [low, high]}`, the range of the sensors: samples beyond cannot be'
    )

    _from_json = field_validator("limits", mode="before")(read_json)
    _low_below_high = field_validator("limits")(check_limits)
