"""Times in queries."""

from typing import Annotated

from fastapi import Query

from schemas.times import parse_time
from stream_app.web.problem import ProblemError

TIME = "ISO 8601 with offset, or a number since 1970"
Time = Annotated[str | None, Query(description=TIME)]


def time_us(name: str, text: str | None) -> int | None:
    """Return the microseconds that a query's parameter `name` tells; raises ProblemError."""
    if text is None:
        return None
    try:
        # In a query a plain + is a space: an offset lost its sign on the way.
        return parse_time(float(text) if _is_number(text) else text.replace(" ", "+"))
    except ValueError as error:
        raise ProblemError(422, f"Parameter {name!r} is wrong", str(error), f"give {TIME}") from None


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()
