"""The REST interface of a worker as an OpenAPI 3.1 document."""

from importlib.metadata import version
from typing import Any

_SENSOR_ID = {"name": "sensor_id", "in": "path", "required": True, "schema": {"type": "string"}}
_LIMIT = {
    "name": "limit",
    "in": "query",
    "description": "most sensors to list",
    "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1000},
}
_LANES = ["readings", "signals", "audio"]
_LANE = {"name": "lane", "in": "query", "description": "one lane alone", "schema": {"enum": _LANES}}
_SENSOR = {
    "type": "object",
    "required": ["sensor_id", "lane", "partition"],
    "properties": {"sensor_id": {"type": "string"}, "lane": {"enum": _LANES}, "partition": {"type": "integer"}},
}


def openapi_document() -> dict[str, Any]:
    """Return the document; the views themselves are in `stream_app/roles/health_views.py` and `sensor_views.py`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "stream-app worker",
            "version": version("stream-app"),
            "description": "Health, metrics and the state of the sensors that a worker's group holds.",
        },
        "paths": {
            "/healthz": _path("Whether the process lives", {"200": _json("it lives", {"type": "object"})}),
            "/readyz": _path(
                "Whether state is recovered and readings flow",
                {"200": _json("ready", _READINESS), "503": _json("not ready", _READINESS)},
            ),
            "/metrics": _path(
                "Metrics in the Prometheus text format",
                {"200": {"description": "metrics", "content": {"text/plain": {"schema": {"type": "string"}}}}},
            ),
            "/sensors/": _path(
                "Sensors of all workers of the group", {"200": _json("sensors", _SENSORS)}, [_LIMIT, _LANE]
            ),
            "/sensors/{sensor_id}/": _path(
                "State of one sensor, wherever it is held",
                {
                    "200": _json("state as last checkpointed", _SENSOR),
                    "404": _json("no such sensor", {"type": "object", "properties": {"error": {"type": "string"}}}),
                },
                [_SENSOR_ID, _LANE],
            ),
        },
    }


_READINESS = {
    "type": "object",
    "required": ["ready", "partitions"],
    "properties": {
        "ready": {"type": "boolean"},
        "partitions": {
            "type": "object",
            "description": "partitions held, by topic",
            "additionalProperties": {"type": "array", "items": {"type": "integer"}},
        },
    },
}
_SENSORS = {
    "type": "object",
    "required": ["sensors", "total", "by_lane"],
    "properties": {
        "sensors": {"type": "array", "items": _SENSOR},
        "total": {"type": "integer"},
        "by_lane": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _path(summary: str, responses: dict[str, Any], parameters: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    operation: dict[str, Any] = {"summary": summary, "responses": responses}
    return {"get": {**operation, "parameters": parameters} if parameters else operation}
