"""Names of registered models, one for each lane and sensor type, and the aliases under which versions serve."""

from typing import Final, Literal
from urllib.parse import quote, unquote

Alias = Literal["champion", "challenger", "canary"]

CHAMPION: Final = "champion"
"""Alias of the version that scores."""

CHALLENGER: Final = "challenger"
"""Alias of the version that scores in shadow."""

CANARY: Final = "canary"
"""Alias of the challenger that judges a share of the assets in the champion's place."""

FORMER: Final = "former"
"""Alias of the version that was champion before; it scores in shadow while no challenger does, and may come back."""

ALIASES: tuple[Alias, ...] = (CHAMPION, CHALLENGER, CANARY)
PREFIX = "pdm"
DEFAULT = "default"
"""Stands for the sensor types that have no model of their own."""

MODEL_LANES = ("readings", "signals", "audio")


def model_name(lane: str, sensor_type: str | None) -> str:
    """Return the registered name; characters that a registry may refuse are percent-encoded."""
    return f"{PREFIX}.{lane}.{quote(sensor_type, safe='') if sensor_type else DEFAULT}"


def parse_model_name(name: str) -> tuple[str, str | None] | None:
    """Return lane and sensor type (None: default) of a registered name, or None where it is not one of ours."""
    parts = name.split(".", 2)
    if len(parts) < 3 or parts[0] != PREFIX or parts[1] not in MODEL_LANES or not parts[2]:
        return None
    return parts[1], None if parts[2] == DEFAULT else unquote(parts[2])
