"""What a cluster says of topics: how many records they hold, and how they are configured."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, OffsetSpec

from connectors.kafka.cluster_question import ANSWER_WITHIN_S, ask
from connectors.kafka.connection import KafkaConnection

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Span:
    """The offsets that a partition holds: from `first` up to, and without, `end`."""

    first: int
    end: int


def spans(connection: KafkaConnection, partitions: Mapping[str, int]) -> dict[Place, Span]:
    """Return the span of every partition of `{topic: number of partitions}`; raises UnavailableError."""
    places = [(topic, partition) for topic, count in partitions.items() for partition in range(count)]

    def question(client: AdminClient) -> dict[Place, Span]:
        first = _offsets(client, places, OffsetSpec.earliest())
        end = _offsets(client, places, OffsetSpec.latest())
        return {place: Span(first[place], end[place]) for place in places}

    return ask(connection, "the offsets of its topics", question) if places else {}


def topic_configs(connection: KafkaConnection, topics: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the configuration of topics that exist, as `{topic: {name: value}}`; raises UnavailableError."""
    resources = [ConfigResource(ConfigResource.Type.TOPIC, topic) for topic in topics]

    def question(client: AdminClient) -> dict[str, dict[str, str]]:
        asked = client.describe_configs(resources, request_timeout=ANSWER_WITHIN_S)
        return {
            resource.name: {name: str(entry.value) for name, entry in future.result(ANSWER_WITHIN_S).items()}
            for resource, future in asked.items()
        }

    return ask(connection, "the configuration of its topics", question) if resources else {}


def _offsets(client: AdminClient, places: list[Place], which: OffsetSpec) -> dict[Place, int]:
    asked = client.list_offsets({TopicPartition(*place): which for place in places}, request_timeout=ANSWER_WITHIN_S)
    return {(at.topic, at.partition): int(future.result(ANSWER_WITHIN_S).offset) for at, future in asked.items()}
