"""All checks in order, from the settings outwards."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from schemas.errors import StreamAppError, UnavailableError
from schemas.topics import DEAD_LETTERS, READINGS
from stream_app.checks.finding import Finding, attention, broken, ok
from stream_app.checks.group_check import group_check
from stream_app.checks.machine_check import clock_check, disk_check
from stream_app.checks.sensors_check import sensors_check
from stream_app.checks.topics_check import topics_check
from stream_app.checks.workers_check import page_check, workers_check
from stream_app.running import brokers_of, read_note
from stream_app.settings import Settings
from stream_app.standing import group_standings, page_standing, worker_standing, worker_urls

if TYPE_CHECKING:
    from connectors.kafka.connection import KafkaConnection

_REACH_WITHIN_S = 5.0
_LOOK_AGAIN_AFTER_S = 2.0
_SCAN_WITHIN_S = 15.0


def all_checks(settings: Settings) -> Iterator[Finding]:
    """Yield every finding as it is made; what cannot be looked at is `broken` and ends that part."""
    yield from disk_check(settings.data_dir)
    note = read_note(settings.data_dir)
    expected = note is not None and bool(note.workers)
    yield from workers_check([worker_standing(url) for url in worker_urls(settings)], expected=expected)
    yield from page_check(page_standing(settings))
    try:
        yield from _kafka_checks(settings)
    except UnavailableError as error:
        yield broken("Kafka", str(error).rstrip("."), "see there")


def _kafka_checks(settings: Settings) -> Iterator[Finding]:
    from connectors.kafka.admin import list_topics, wait_until_reachable
    from connectors.kafka.topic_facts import spans, topic_configs

    connection = settings.kafka_connection(brokers_of(settings))
    started = time.perf_counter()
    wait_until_reachable(connection, _REACH_WITHIN_S)
    yield ok("Kafka", f"{connection.brokers} answers in {(time.perf_counter() - started) * 1e3:.0f} ms")
    existing = list_topics(connection)
    changelog = f"{settings.kafka.group}-monitor-series-changelog"
    yield from topics_check(existing, topic_configs(connection, existing), changelog)
    if READINGS not in existing:
        return
    counted = {name: topic.partitions for name, topic in existing.items()}
    yield from group_check(
        lambda: group_standings(settings, connection, spans(connection, counted)),
        lambda: time.sleep(_LOOK_AGAIN_AFTER_S),
    )
    if changelog in existing:
        yield from _sensors(connection, changelog)
    found = spans(connection, {name: counted[name] for name in (READINGS, DEAD_LETTERS) if name in counted})
    letters = sum(span.end - span.first for (topic, _), span in found.items() if topic == DEAD_LETTERS)
    yield _dead_letters(letters)
    last = {partition: span.end - 1 for (topic, partition), span in found.items() if topic == READINGS and span.end}
    yield from clock_check(_newest_s(connection, last), time.time())


def _sensors(connection: "KafkaConnection", changelog: str) -> Iterator[Finding]:
    from connectors.kafka.reader import read_all

    until = time.monotonic() + _SCAN_WITHIN_S
    states = ((m.partition, m.key, m.value is None) for m in read_all(connection, changelog))
    return sensors_check(states, lambda: time.monotonic() > until)


def _newest_s(connection: "KafkaConnection", last: dict[int, int]) -> float | None:
    from connectors.kafka.reader import read_all

    if not last:
        return None
    times = [message.timestamp_ms / 1e3 for message in read_all(connection, READINGS, last)]
    return max(times, default=None)


def _dead_letters(count: int) -> Finding:
    if count == 0:
        return ok("dead letters", "none")
    return attention("dead letters", f"{count:,} messages were refused", "see `stream-app dlq list`")


def worst_exit_code(findings: list[Finding]) -> int:
    """Return 0, or the exit code of something that is away where a finding is broken."""
    is_broken = any(finding.verdict == "broken" for finding in findings)
    return UnavailableError.exit_code if is_broken else 0


def settings_finding(error: StreamAppError | None) -> Finding:
    """Return the finding on the settings themselves."""
    if error is None:
        return ok("settings", "valid")
    return broken("settings", str(error).rstrip("."), "correct it; nothing else can be looked at before")
