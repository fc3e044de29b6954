"""Topics of a cluster: created from their one declaration, and listed."""

import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from connectors.kafka.connection import KafkaConnection
from schemas.errors import UnavailableError, UsageError
from schemas.topics import TOPICS, Topic

REQUEST_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class ExistingTopic:
    """A topic as the cluster has it."""

    name: str
    partitions: int
    replication_factor: int


def wait_until_reachable(connection: KafkaConnection, timeout_s: float = 10.0) -> None:
    """Return once a broker answers; raises UnavailableError after `timeout_s`, with address and reason."""
    trouble: list[str] = []
    client = _client(connection, trouble)
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            client.list_topics(timeout=min(1.0, max(0.1, deadline - time.monotonic())))
        except KafkaException as failure:
            client.poll(0)  # delivers the reasons, `trouble`
            if time.monotonic() >= deadline:
                raise _unreachable(connection, trouble or [failure.args[0].str()], timeout_s) from failure
        else:
            return


def create_topics(
    connection: KafkaConnection,
    partitions: int = 8,
    replication_factor: int = 1,
    names: Iterable[str | Topic] | None = None,
) -> list[str]:
    """Create the declared topics, or those of `names` (declared names or Topic objects); return the new ones.

    Topics that exist are left as they are. Raises UnavailableError when the cluster is away or refuses.
    """
    topics = [_declared(one) for one in (TOPICS if names is None else names)]
    wanted = [
        NewTopic(
            topic.name,
            num_partitions=topic.partitions or partitions,
            replication_factor=replication_factor,
            config=dict(topic.config),
        )
        for topic in topics
    ]
    if not wanted:
        return []
    wait_until_reachable(connection)
    created = []
    client = _client(connection)
    futures: dict[str, Future[None]] = client.create_topics(
        wanted, operation_timeout=REQUEST_TIMEOUT_S, request_timeout=REQUEST_TIMEOUT_S
    )
    for name, future in futures.items():
        try:
            future.result()
            created.append(name)
        except KafkaException as refusal:
            error = refusal.args[0]
            if error.code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise UnavailableError(
                    f"the topic {name} could not be created at {connection.brokers} ({error.str()}): "
                    "check the rights of the user, the partitions and the replication factor"
                ) from refusal
    _wait_until_led(client, connection, created)
    return created


def _wait_until_led(client: AdminClient, connection: KafkaConnection, names: list[str]) -> None:
    """Return once every partition of new topics has a leader: until then readers and writers would be refused."""
    deadline = time.monotonic() + REQUEST_TIMEOUT_S
    while True:
        found = client.list_topics(timeout=REQUEST_TIMEOUT_S).topics
        late = [
            name
            for name in names
            if name not in found
            or not found[name].partitions
            or any(one.leader < 0 for one in found[name].partitions.values())
        ]
        if not late:
            return
        if time.monotonic() > deadline:
            raise UnavailableError(
                f"the new topic {late[0]} has no leader at {connection.brokers} after {REQUEST_TIMEOUT_S:.0f} s: "
                "check the brokers, then try again"
            )
        time.sleep(0.02)


def list_topics(connection: KafkaConnection, timeout_s: float = 10.0) -> dict[str, ExistingTopic]:
    """Return the cluster's topics by name, without Kafka's own (`__…`)."""
    wait_until_reachable(connection, timeout_s)
    found = _client(connection).list_topics(timeout=timeout_s).topics
    return {
        name: ExistingTopic(
            name, len(one.partitions), max((len(p.replicas) for p in one.partitions.values()), default=0)
        )
        for name, one in sorted(found.items())
        if not name.startswith("__")
    }


def _client(connection: KafkaConnection, trouble: list[str] | None = None) -> AdminClient:
    settings = connection.librdkafka() | {"reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200}
    if trouble is not None:
        settings["error_cb"] = lambda error: trouble.append(error.str())
    return AdminClient(settings)


def _declared(one: str | Topic) -> Topic:
    if isinstance(one, Topic):
        return one
    if one not in TOPICS:
        raise UsageError(f"the topic {one!r} is not declared: choose from {', '.join(TOPICS)}")
    return TOPICS[one]


def _unreachable(connection: KafkaConnection, trouble: list[str], timeout_s: float) -> UnavailableError:
    # "All brokers down" follows every reason; the reason before it is the telling one.
    reasons = [one for one in trouble if "brokers are down" not in one] or trouble
    return UnavailableError(
        f"no Kafka broker answers at {connection.brokers} within {timeout_s:g} s ({reasons[-1]}): "
        "start it, or correct STREAM_APP_BROKERS and the STREAM_APP_KAFKA__ settings"
    )
