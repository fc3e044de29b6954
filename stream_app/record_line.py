"""One Kafka record for the screen, and as JSON."""

import base64
import json
from typing import TYPE_CHECKING, Any

from schemas.times import format_time

if TYPE_CHECKING:
    from connectors.kafka.reader import Message


def record_document(topic: str, message: "Message") -> dict[str, Any]:
    """Return a record as a JSON object: a JSON value stays one, other text is a string, other bytes are base64."""
    return {
        "topic": topic,
        "partition": message.partition,
        "offset": message.offset,
        "ts": format_time(message.timestamp_ms * 1000),
        **_shown("key", message.key, parse=False),
        "headers": {name: (value or b"").decode("utf-8", "replace") for name, value in message.headers},
        **_shown("value", message.value, parse=True),
    }


def record_text(message: "Message") -> str:
    """Return a record as one line of text."""
    key = "-" if message.key is None else message.key.decode("utf-8", "backslashreplace")
    value = "(null)" if message.value is None else message.value.decode("utf-8", "backslashreplace")
    time = format_time(message.timestamp_ms * 1000)
    return f"{message.partition}:{message.offset} {time} {key} {' '.join(value.splitlines())}"


def _shown(name: str, content: bytes | None, *, parse: bool) -> dict[str, Any]:
    if content is None:
        return {name: None}
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return {f"{name}_b64": base64.b64encode(content).decode("ascii")}
    if parse:
        try:
            return {name: json.loads(text)}
        except ValueError:
            pass  # no JSON: shown as text
    return {name: text}
