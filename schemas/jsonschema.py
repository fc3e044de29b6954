"""The public messages as JSON Schema, draft 2020-12."""

from typing import Any, Literal

from schemas.late import LateReading
from schemas.public_messages import PUBLIC_MESSAGES, PublicMessage

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_mode(message: PublicMessage) -> Literal["validation", "serialization"]:
    """Return the view that describes a message: what we take, or what we write.

    A late reading leaves out what its reading left out, as the view of what we take does.
    """
    return "validation" if message.direction == "in" or message.model is LateReading else "serialization"


def json_schemas() -> dict[str, dict[str, Any]]:
    """Return one schema a message, by the message's name."""
    return {
        message.name: {
            "$schema": DIALECT,
            **message.model.model_json_schema(mode=schema_mode(message)),
            "title": message.name,
        }
        for message in PUBLIC_MESSAGES
    }
