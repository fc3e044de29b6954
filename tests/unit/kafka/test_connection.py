"""One connection, told to every client library, or refused with a remedy."""

import ssl
from pathlib import Path

import pytest

from connectors.kafka.connection import KafkaConnection
from connectors.kafka_lane.credentials import broker_arguments
from schemas.errors import SettingsError, UnavailableError

SASL = {"sasl_mechanism": "SCRAM-SHA-512", "sasl_username": "ann", "sasl_password": "secret"}


def test_plain_brokers() -> None:
    connection = KafkaConnection("a:1, b:2")
    assert connection.librdkafka()["bootstrap.servers"] == "a:1,b:2"
    assert "security.protocol" not in connection.librdkafka()
    assert broker_arguments(connection) == {"broker": ["kafka://a:1", "kafka://b:2"], "broker_credentials": None}


def test_sasl_and_tls_reach_both_libraries() -> None:
    connection = KafkaConnection("a:1", "SASL_SSL", **SASL)
    settings = connection.librdkafka()
    assert settings["security.protocol"] == "SASL_SSL"
    assert settings["sasl.mechanisms"] == "SCRAM-SHA-512"
    assert (settings["sasl.username"], settings["sasl.password"]) == ("ann", "secret")
    credentials = broker_arguments(connection)["broker_credentials"]
    assert credentials.protocol.value == "SASL_SSL"
    assert credentials.mechanism.value == "SCRAM-SHA-512"
    assert (credentials.username, credentials.password) == ("ann", "secret")
    assert credentials.ssl_context.verify_mode is ssl.CERT_REQUIRED
    assert credentials.ssl_context.check_hostname


def test_tls_alone_verifies_the_broker() -> None:
    credentials = broker_arguments(KafkaConnection("a:1", "SSL"))["broker_credentials"]
    assert credentials.protocol.value == "SSL"
    assert credentials.context.verify_mode is ssl.CERT_REQUIRED


def test_tls_files_are_passed_on_and_missing_ones_told(tmp_path: Path) -> None:
    connection = KafkaConnection("a:1", "SSL", ssl_ca_file=str(tmp_path / "ca.pem"))
    assert connection.librdkafka()["ssl.ca.location"] == str(tmp_path / "ca.pem")
    with pytest.raises(UnavailableError, match=r"ca\.pem cannot be used"):
        broker_arguments(connection)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"brokers": "localhost"}, "'localhost' is no address"),
        ({"brokers": ""}, "'' is no address"),
        ({"security_protocol": "TLS"}, "protocol 'TLS' is unknown"),
        ({"security_protocol": "SASL_SSL"}, "mechanism None is not supported"),
        ({"security_protocol": "SASL_SSL", **SASL, "sasl_password": None}, "KAFKA__SASL_PASSWORD"),
        ({**SASL}, "have no effect with the security protocol PLAINTEXT"),
        ({"ssl_ca_file": "x"}, "have no effect with the security protocol PLAINTEXT"),
        ({"security_protocol": "SSL", "ssl_cert_file": "x"}, "belong together"),
    ],
)
def test_contradictions_are_refused(given: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        KafkaConnection(**{"brokers": "a:1", **given})


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(KafkaConnection("a:1", "SASL_SSL", **SASL))
