"""Writing many records: batched, acknowledged by all replicas, in order, without repeats within one writer."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import Message as RawMessage

from connectors.kafka.connection import KafkaConnection
from schemas.errors import UnavailableError, UsageError

DELIVERY_TIMEOUT_S = 30.0
_BACKPRESSURE_WAIT_S = 0.05


class BulkWriter:
    """Sends in the background; the first record that cannot be delivered makes every later call raise.

    A keyed record goes to the partition that Java's and Faust's producers would choose (murmur2).
    """

    def __init__(self, connection: KafkaConnection, *, linger_ms: float = 10.0) -> None:
        self._connection = connection
        self._failure: tuple[str, str] | None = None
        self._producer = Producer(
            {
                **connection.librdkafka(),
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "linger.ms": linger_ms,
                "batch.size": 262_144,
                "batch.num.messages": 100_000,
                "queue.buffering.max.messages": 200_000,
                "queue.buffering.max.kbytes": 131_072,
                "delivery.timeout.ms": int(DELIVERY_TIMEOUT_S * 1000),
                # Topics are made before they are written to, so one that is unknown for so long is not there.
                "topic.metadata.propagation.max.ms": 3_000,
                # A call back into Python for each delivered record would cost more than the record.
                "delivery.report.only.error": True,
                "on_delivery": self._on_failure,
            }
        )

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]] | None = None,
        timestamp_ms: int | None = None,
        partition: int | None = None,
    ) -> None:
        """Queue one record, waiting while the queue is full; raises UnavailableError after a failed delivery."""
        options: dict[str, Any] = {}
        if headers is not None:
            options["headers"] = list(headers)
        if timestamp_ms is not None:
            options["timestamp"] = timestamp_ms
        if partition is not None:
            options["partition"] = partition
        while True:
            if self._failure:
                self._raise()
            try:
                self._producer.produce(topic, value, key, **options)
            except BufferError:
                # What cannot be delivered ends in a failure after the delivery timeout, so this wait ends too.
                self._producer.poll(_BACKPRESSURE_WAIT_S)
            except KafkaException as refused:
                if refused.args[0].code() != KafkaError.MSG_SIZE_TOO_LARGE:
                    raise
                raise UsageError(
                    f"a record of {len(value or b'')} bytes for the topic {topic} is larger than Kafka takes, "
                    "1,000,000 bytes: send fewer readings a message"
                ) from refused
            else:
                return

    def flush(self, timeout_s: float = DELIVERY_TIMEOUT_S + 5) -> None:
        """Return once all that was sent is acknowledged; raises UnavailableError when that fails or takes longer."""
        deadline = time.monotonic() + timeout_s
        while self._producer.flush(max(0.0, min(1.0, deadline - time.monotonic()))):
            if self._failure:
                break
            if time.monotonic() >= deadline:
                raise UnavailableError(
                    f"{len(self._producer)} records were not acknowledged by {self._connection.brokers} "
                    f"within {timeout_s:g} s: check that the broker runs, then send them again"
                )
        if self._failure:
            self._raise()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.flush()

    def _on_failure(self, error: KafkaError | None, message: RawMessage) -> None:
        if error is not None and self._failure is None:
            self._failure = (str(message.topic()), error.str())

    def _raise(self) -> None:
        assert self._failure is not None
        topic, reason = self._failure
        raise UnavailableError(
            f"a record for the topic {topic} was not delivered to {self._connection.brokers} ({reason}): "
            "check the broker, the topic and the user's rights"
        )
