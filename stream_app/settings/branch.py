"""What every branch of the settings is made of."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationInfo

Port = int
NAME = r"^[A-Za-z0-9._-]{1,100}$"


class Branch(BaseModel):
    """Settings that share a prefix; frozen, and unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def read_json(value: Any, info: ValidationInfo) -> Any:
    """Read what an environment variable says of a table; a TOML file has one."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        raise ValueError(f"{info.field_name} are not JSON: {error}") from None


def check_limits(value: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Return ranges, or raise ValueError where one is empty."""
    for name, (low, high) in value.items():
        if not low < high:
            raise ValueError(f"limits of {name} are [{low:g}, {high:g}], the lower one must be below the other")
    return value
