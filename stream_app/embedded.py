"""The embedded Kafka as the settings want it."""

from typing import TYPE_CHECKING

from schemas.errors import SettingsError
from stream_app.settings import Settings

if TYPE_CHECKING:
    from connectors.embedded_kafka import EmbeddedKafka


def embedded_kafka(settings: Settings, port: int | None = None) -> "EmbeddedKafka":
    """Return a broker, not started, with its data in the data directory and the user of the SASL settings, if any."""
    from connectors.embedded_kafka import EmbeddedKafka, SaslUser

    kafka = settings.kafka
    sasl = None
    if kafka.security_protocol == "SASL_PLAINTEXT" and kafka.sasl_mechanism == "PLAIN":
        assert kafka.sasl_username is not None
        assert kafka.sasl_password is not None
        sasl = SaslUser(kafka.sasl_username, kafka.sasl_password.get_secret_value())
    elif kafka.security_protocol != "PLAINTEXT":
        raise SettingsError(
            f"Setting STREAM_APP_KAFKA__SECURITY_PROTOCOL is {kafka.security_protocol}"
            f" ({kafka.sasl_mechanism or 'no SASL'}), but the embedded Kafka serves PLAINTEXT or SASL_PLAINTEXT"
            " with PLAIN; choose one of them, or set STREAM_APP_BROKERS."
        )
    return EmbeddedKafka(settings.data_dir / "kafka", port=port, sasl=sasl)
