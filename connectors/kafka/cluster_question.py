"""Questions to a cluster, asked again when the client library loses them."""

from collections.abc import Callable
from concurrent.futures import TimeoutError as NoAnswerError
from typing import TypeVar

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from connectors.kafka.connection import KafkaConnection
from schemas.errors import UnavailableError

# For requests and for waiting on their futures: some of them never end by themselves.
ANSWER_WITHIN_S = 5.0
_TRIES = 4

Answer = TypeVar("Answer")


def ask(connection: KafkaConnection, what: str, question: Callable[[AdminClient], Answer]) -> Answer:
    """Return the answer to a question about `what`; raises UnavailableError where there is none.

    A fresh client replaces its bootstrap connection by one to the broker under its own name. With librdkafka 2.12
    a request caught in that moment ends as "broker handle destroyed", or never.
    """
    reason = f"no answer in {ANSWER_WITHIN_S:.0f} s"
    client = AdminClient(connection.librdkafka())
    for _ in range(_TRIES):
        try:
            client.list_topics(timeout=ANSWER_WITHIN_S)
            return question(client)
        except NoAnswerError:
            client = AdminClient(connection.librdkafka())
        except KafkaException as refusal:
            reason = refusal.args[0].str()
            if refusal.args[0].code() != KafkaError._DESTROY:
                break
    raise UnavailableError(
        f"Kafka at {connection.brokers} does not tell {what} ({reason}): "
        "check that it runs and that the user may describe topics and groups"
    )
