"""Where consumer groups stand: members, committed offsets and how far they are behind."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from connectors.kafka.cluster_question import ANSWER_WITHIN_S, ask
from connectors.kafka.connection import KafkaConnection
from connectors.kafka.topic_facts import Place, Span


@dataclass(frozen=True, slots=True)
class GroupStanding:
    """A consumer group; `committed` holds the next offset to read of the partitions where it committed one."""

    group: str
    state: str
    members: int
    committed: dict[Place, int]

    def lag(self, spans: dict[Place, Span]) -> dict[Place, int]:
        """Return how many records lie before the end of each partition; what was never committed counts whole."""
        return {
            place: max(0, span.end - max(self.committed.get(place, 0), span.first)) for place, span in spans.items()
        }


def group_names(connection: KafkaConnection) -> list[str]:
    """Return the names of all groups; raises UnavailableError."""

    def question(client: AdminClient) -> list[str]:
        listed = client.list_consumer_groups(request_timeout=ANSWER_WITHIN_S).result(ANSWER_WITHIN_S)
        for error in listed.errors:
            raise KafkaException(error)
        return sorted(one.group_id for one in listed.valid)

    return ask(connection, "its groups", question)


def group_standing(connection: KafkaConnection, group: str, places: Iterable[Place]) -> GroupStanding:
    """Return where a group stands on some partitions; one that never was is `absent`. Raises UnavailableError."""
    # Before the first group of a cluster the coordinator of groups is missing: questions about one are not answered.
    if group not in group_names(connection):
        return GroupStanding(group, "absent", 0, {})
    asked = list(places)

    def question(client: AdminClient) -> tuple[Any, dict[Place, int]]:
        described = client.describe_consumer_groups([group], request_timeout=ANSWER_WITHIN_S)
        return described[group].result(ANSWER_WITHIN_S), _committed(connection, group, asked)

    described, committed = ask(connection, f"where the group {group} stands", question)
    return GroupStanding(group, described.state.name.lower(), len(described.members), committed)


def _committed(connection: KafkaConnection, group: str, places: list[Place]) -> dict[Place, int]:
    # A consumer that asks for offsets without subscribing never joins its group.
    consumer = Consumer({**connection.librdkafka(), "group.id": group, "enable.auto.commit": False})
    try:
        found = consumer.committed([TopicPartition(*place) for place in places], timeout=ANSWER_WITHIN_S)
    finally:
        consumer.close()
    return {(one.topic, one.partition): int(one.offset) for one in found if one.offset >= 0}
