"""What the broker is told."""

import json
from pathlib import Path

from connectors.embedded_kafka.server_properties import SaslUser, server_properties


def _parsed(text: str) -> dict[str, str]:
    pairs = (line.split("=", 1) for line in text.splitlines())
    return {name: json.loads(f'"{value}"') for name, value in pairs}


def test_only_loopback_is_listened_on() -> None:
    properties = _parsed(server_properties(Path("/data"), 1234, 1235))
    assert properties["listeners"] == "CLIENT://127.0.0.1:1234,CONTROLLER://127.0.0.1:1235"
    assert properties["advertised.listeners"] == "CLIENT://127.0.0.1:1234"
    assert properties["listener.security.protocol.map"] == "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT"
    assert not any("sasl" in name for name in properties)


def test_a_user_closes_both_listeners() -> None:
    properties = _parsed(server_properties(Path("/data"), 1, 2, SaslUser("ann", 'a"b\\c')))
    assert properties["listener.security.protocol.map"] == "CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT"
    for listener in ("client", "controller"):
        account = properties[f"listener.name.{listener}.plain.sasl.jaas.config"]
        assert r'user_ann="a\"b\\c";' in account


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(SaslUser("ann", "secret"))
