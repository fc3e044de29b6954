"""Cron expressions in settings."""

import importlib.util
from datetime import UTC, datetime
from typing import Final

NEVER: Final = "never"
"""Stands for no schedule."""


def check_cron(expression: str) -> str:
    """Return the expression; raises ValueError where it is none. Where nothing can keep it, it is not looked at."""
    if expression == NEVER or importlib.util.find_spec("cronsim") is None:
        return expression
    from cronsim import CronSim, CronSimError

    try:
        CronSim(expression, datetime.now(UTC))
    except CronSimError as error:
        raise ValueError(f"schedule {expression!r} is no cron expression ({error}); write it like 0 6 * * *") from None
    return expression
