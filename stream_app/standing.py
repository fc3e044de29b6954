"""Where everything stands: topics, the lag of the groups, workers and their last checkpoints."""

import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from schemas.topics import AUDIO_FRAMES, FEATURES, READINGS, SIGNALS
from stream_app.running import read_note
from stream_app.settings import Settings
from stream_app.worker_scrape import Sample, readiness, scrape, total

if TYPE_CHECKING:
    from connectors.kafka.connection import KafkaConnection
    from connectors.kafka.topic_facts import Place, Span

# What each role with a consumer group reads: lag is counted on these.
SOURCES: dict[str, tuple[str, ...]] = {"monitor": (READINGS, SIGNALS, AUDIO_FRAMES), "learn": (FEATURES,)}

LANES = ("readings", "signals", "audio")


@dataclass(frozen=True, slots=True)
class WorkerStanding:
    """A worker as it answers at `url`; `checkpoint_age_s` None where it has not made one yet.

    `sensors` are those of all lanes, a sensor of two lanes counted in each.
    """

    url: str
    alive: bool
    ready: bool
    partitions: dict[str, list[int]]
    sensors: int | None = None
    checkpoint_age_s: float | None = None
    sensors_by_lane: dict[str, int] = field(default_factory=dict)


def worker_standing(url: str, samples: list[Sample] | None = None) -> WorkerStanding:
    """Ask a worker how it is, and for its metrics where they are not given."""
    answer = readiness(url)
    if samples is None and answer.alive:
        samples = scrape(url)
    if samples is None:
        return WorkerStanding(url, answer.alive, answer.ready, answer.partitions)
    checkpoints = [s.value for s in samples if s.name == "pdm_last_checkpoint_timestamp_seconds" and s.value > 0]
    by_lane = {lane: round(total(samples, "pdm_sensors", lane=lane)) for lane in LANES}
    return WorkerStanding(
        url,
        answer.alive,
        answer.ready,
        answer.partitions,
        sum(by_lane.values()),
        round(time.time() - max(checkpoints), 1) if checkpoints else None,
        by_lane,
    )


def page_standing(settings: Settings) -> WorkerStanding | None:
    """Ask the page that runs in the data directory how it is; None where none does."""
    note = read_note(settings.data_dir)
    if note is None or note.web is None:
        return None
    answer = readiness(note.web)
    return WorkerStanding(note.web, answer.alive, answer.ready, answer.partitions)


def worker_urls(settings: Settings) -> list[str]:
    """Return where workers are looked for: those that run in the data directory, else the configured address."""
    note = read_note(settings.data_dir)
    if note is not None and note.workers:
        return list(note.workers)
    return [f"http://{settings.worker.host}:{settings.worker.port}"]


def group_standings(
    settings: Settings, connection: "KafkaConnection", spans: "dict[Place, Span]"
) -> list[dict[str, Any]]:
    """Return state, members and lag of the group of every role on the topics that it reads."""
    from connectors.kafka.group_lag import group_standing

    found = []
    for role, sources in SOURCES.items():
        own = {place: span for place, span in spans.items() if place[0] in sources}
        standing = group_standing(connection, f"{settings.kafka.group}-{role}", own)
        lag = standing.lag(own)
        partitions = [
            {"topic": topic, "partition": partition, "lag": lag[topic, partition]} for topic, partition in sorted(lag)
        ]
        found.append(
            {
                "group": standing.group,
                "role": role,
                "state": standing.state,
                "members": standing.members,
                "lag": sum(lag.values()),
                "partitions": partitions,
            }
        )
    return found


def standing(settings: Settings, connection: "KafkaConnection") -> dict[str, Any]:
    """Return all of it as one document; raises UnavailableError where Kafka does not answer."""
    from connectors.kafka.admin import list_topics
    from connectors.kafka.topic_facts import spans

    topics = list_topics(connection, 5.0)
    page = page_standing(settings)
    found = spans(connection, {name: topic.partitions for name, topic in topics.items()})
    return {
        "brokers": connection.brokers,
        "topics": [
            {
                "name": name,
                "partitions": topic.partitions,
                "records": sum(span.end - span.first for place, span in found.items() if place[0] == name),
            }
            for name, topic in topics.items()
        ],
        "groups": group_standings(settings, connection, found),
        "workers": [asdict(worker_standing(url)) for url in worker_urls(settings)],
        "page": None if page is None else {"url": page.url, "alive": page.alive, "ready": page.ready},
    }
