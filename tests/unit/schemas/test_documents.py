"""The published documents: valid, complete, and true about what is accepted."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from schemas.asyncapi import asyncapi_document
from schemas.jsonschema import json_schemas
from schemas.reading_message import load_json, read_reading
from schemas.refusal import RefusedError
from schemas.topics import TOPICS


def _refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _refs(value)
    elif isinstance(node, list):
        for value in node:
            yield from _refs(value)


def _resolve(document: dict[str, Any], ref: str) -> Any:
    node: Any = document
    assert ref.startswith("#/")
    for part in ref[2:].split("/"):
        node = node[part]
    return node


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi_document()
    refs = list(_refs(document))
    assert len(refs) > 20
    for ref in refs:
        assert _resolve(document, ref)


def test_the_asyncapi_document_names_every_topic_and_message() -> None:
    document = asyncapi_document()
    assert json.loads(json.dumps(document)) == document
    assert document["asyncapi"] == "3.0.0"
    assert {channel["address"] for channel in document["channels"].values()} == set(TOPICS)
    assert set(document["components"]["messages"]) == set(json_schemas())
    assert {name: operation["action"] for name, operation in document["operations"].items()} == {
        "receive_audio_frames": "receive",
        "receive_readings": "receive",
        "receive_signals": "receive",
        "send_anomalies": "send",
        "send_audit": "send",
        "send_dead_letters": "send",
        "send_drift": "send",
        "send_retraining": "send",
        "send_features": "send",
        "send_late": "send",
        "send_models": "send",
        "send_sensor_health": "send",
        "send_shadow": "send",
    }


@pytest.mark.parametrize("name", sorted(json_schemas()))
def test_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(json_schemas()[name])


@pytest.mark.parametrize(
    "raw",
    [
        b'{"sensor_id":"a","ts":1,"value":1}',
        b'{"sensor_id":"a","ts":"2026-01-02T03:04:05Z","value":null,"quality":"bad","seq":0,"unit":null,"x":[]}',
        b'{"sensor_id":"","ts":1,"value":1}',
        b'{"sensor_id":"a","value":1}',
        b'{"sensor_id":"a","ts":1}',
        b'{"sensor_id":"a","ts":-1,"value":1}',
        b'{"sensor_id":"a","ts":true,"value":1}',
        b'{"sensor_id":"a","ts":1,"value":"1"}',
        b'{"sensor_id":"a","ts":1,"value":true}',
        b'{"sensor_id":"a","ts":1,"value":1,"seq":-1}',
        b'{"sensor_id":"a","ts":1,"value":1,"seq":1.5}',
        b'{"sensor_id":"a","ts":1,"value":1,"quality":"?"}',
        b"[]",
    ],
)
def test_the_schema_of_a_reading_accepts_what_is_accepted(raw: bytes) -> None:
    try:
        read_reading(raw)
        accepted = True
    except RefusedError:
        accepted = False
    assert Draft202012Validator(json_schemas()["Reading"]).is_valid(load_json(raw)) == accepted
