"""The topics and messages as an AsyncAPI 3.0 document."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pydantic.json_schema import models_json_schema

from schemas.jsonschema import schema_mode
from schemas.public_messages import PUBLIC_MESSAGES, PublicMessage
from schemas.topics import TOPICS, Topic

_HEADER_NAMES = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "content-type")


def asyncapi_document() -> dict[str, Any]:
    """Return the whole document, as JSON types."""
    refs, schemas = models_json_schema(
        [(message.model, schema_mode(message)) for message in PUBLIC_MESSAGES],
        ref_template="#/components/schemas/{model}",
    )
    messages = {
        message.name: _message(message, refs[(message.model, schema_mode(message))]) for message in PUBLIC_MESSAGES
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "stream-app",
            "version": _version(),
            "description": "Sensor readings, waveforms and sound in, explained anomalies out. Every message published, "
            "apart from feature blocks, is JSON and carries CloudEvents 1.0 headers in binary mode.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{brokers}",
                "protocol": "kafka",
                "variables": {"brokers": {"default": "127.0.0.1:9092", "description": "STREAM_APP_BROKERS"}},
            }
        },
        "channels": {_channel_name(topic): _channel(topic) for topic in TOPICS.values()},
        "operations": _operations(),
        "components": {
            "messages": messages,
            "schemas": schemas["$defs"],
            "messageTraits": {"cloudEvent": _cloud_event()},
        },
    }


def _version() -> str:
    try:
        return version("stream-app")
    except PackageNotFoundError:
        return "0"


def _channel_name(topic: Topic) -> str:
    """Channel names are identifiers in documents: `pdm.sensor_health.v1` becomes `sensor_health`."""
    return topic.name.removeprefix("pdm.").removesuffix(".v1").replace(".", "_")


def _channel(topic: Topic) -> dict[str, Any]:
    names = [message.name for message in PUBLIC_MESSAGES if message.topic == topic.name]
    channel: dict[str, Any] = {
        "address": topic.name,
        "description": f"{topic.about[:1].upper()}{topic.about[1:]}; the key is {topic.key}.",
        "bindings": {"kafka": {"topic": topic.name, "bindingVersion": "0.5.0"}},
    }
    if names:
        channel["messages"] = {name: {"$ref": f"#/components/messages/{name}"} for name in names}
    return channel


def _message(message: PublicMessage, ref: dict[str, Any]) -> dict[str, Any]:
    topic = TOPICS[message.topic]
    described: dict[str, Any] = {
        "name": message.ce_type or message.name,
        "title": message.name,
        "summary": (message.model.__doc__ or "").strip().splitlines()[0],
        "contentType": message.content_type,
        "payload": ref,
        "bindings": {
            "kafka": {"key": {"type": "string", "description": topic.key}, "bindingVersion": "0.5.0"},
        },
    }
    if message.note:
        described["description"] = message.note
    if message.ce_type:
        described["traits"] = [{"$ref": "#/components/messageTraits/cloudEvent"}]
    return described


def _operations() -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for message in PUBLIC_MESSAGES:
        channel = _channel_name(TOPICS[message.topic])
        # Seen from this application: it receives what comes in and sends what goes out.
        action = "receive" if message.direction == "in" else "send"
        operation = operations.setdefault(
            f"{action}_{channel}",
            {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "messages": []},
        )
        operation["messages"].append({"$ref": f"#/channels/{channel}/messages/{message.name}"})
    return operations


def _cloud_event() -> dict[str, Any]:
    return {
        "headers": {
            "type": "object",
            "required": list(_HEADER_NAMES),
            "properties": {
                **{name: {"type": "string"} for name in _HEADER_NAMES},
                "ce_specversion": {"const": "1.0"},
                "ce_time": {"type": "string", "format": "date-time"},
            },
        }
    }
