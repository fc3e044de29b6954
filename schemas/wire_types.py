"""Types that several public formats share."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from schemas.message_fields import MAX_TEXT_CHARS
from schemas.times import format_time, parse_time

_NUMBER_OF_TIME = "below 1e11 seconds, below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds since 1970"

# Microseconds inside; ISO 8601 UTC with microseconds and Z when written.
Time = Annotated[
    int,
    BeforeValidator(parse_time),
    PlainSerializer(format_time, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time", "description": "ISO 8601 with an offset or Z"},
                {"type": "number", "minimum": 0, "description": _NUMBER_OF_TIME},
            ]
        },
        mode="validation",
    ),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
# A time in what we publish: always the ISO text.
_INSTANT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$"
Instant = Annotated[str, Field(pattern=_INSTANT, json_schema_extra={"format": "date-time"})]
Text = Annotated[str, Field(max_length=MAX_TEXT_CHARS)]
Name = Annotated[str, Field(min_length=1, max_length=MAX_TEXT_CHARS)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]


class Published(BaseModel):
    """Base of what we publish: every field is always written."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)
