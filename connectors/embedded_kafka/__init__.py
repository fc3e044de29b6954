"""A real Apache Kafka for development, tests and small installations, from Python packages alone."""

from connectors.embedded_kafka.broker import EmbeddedKafka
from connectors.embedded_kafka.server_properties import SaslUser

__all__ = ["EmbeddedKafka", "SaslUser"]
