"""A Kafka connection in the words of Faust."""

from typing import Any

import faust

from connectors.kafka.connection import KafkaConnection


def broker_arguments(connection: KafkaConnection) -> dict[str, Any]:
    """Return the keyword arguments `broker` and `broker_credentials` of a Faust app."""
    tls = connection.ssl_context() if connection.uses_tls else None
    credentials: Any = None
    if connection.uses_sasl:
        credentials = faust.SASLCredentials(
            username=connection.sasl_username,
            password=connection.sasl_password,
            mechanism=connection.sasl_mechanism,
            ssl_context=tls,
        )
    elif tls is not None:
        credentials = faust.SSLCredentials(context=tls)
    return {
        "broker": [f"kafka://{address}" for address in connection.addresses],
        "broker_credentials": credentials,
    }
