"""Questions to a cluster, asked again when the client library loses them or a partition has no leader yet."""

import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as NoAnswerError
from typing import TypeVar

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from connectors.kafka.connection import KafkaConnection
from connectors.kafka.transient import is_transient
from schemas.errors import UnavailableError

# For requests and for waiting on their futures: some of them never end by themselves.
ANSWER_WITHIN_S = 5.0
_TRIES = 5
# Doubled each time: 7.5 s in all for the leaders of new partitions to take office.
_LEADERS_AFTER_S = 0.5

Answer = TypeVar("Answer")


def ask(connection: KafkaConnection, what: str, question: Callable[[AdminClient], Answer]) -> Answer:
    """Return the answer to a question about `what`; raises UnavailableError where there is none.

    A fresh client replaces its bootstrap connection by one to the broker under its own name. With librdkafka 2.12
    a request caught in that moment ends as "broker handle destroyed", or never.
    """
    reason = f"no answer in {ANSWER_WITHIN_S:.0f} s"
    client = AdminClient(connection.librdkafka())
    for attempt in range(_TRIES):
        try:
            client.list_topics(timeout=ANSWER_WITHIN_S)
            return question(client)
        except NoAnswerError:
            client = AdminClient(connection.librdkafka())
        except KafkaException as refusal:
            error = refusal.args[0]
            reason = error.str()
            if is_transient(error) and attempt < _TRIES - 1:
                time.sleep(_LEADERS_AFTER_S * 2**attempt)
            elif error.code() != KafkaError._DESTROY:
                break
    raise UnavailableError(
        f"Kafka at {connection.brokers} does not tell {what} ({reason}): "
        "check that it runs and that the user may describe topics and groups"
    )
