"""`stream-app topics`: what flows where."""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import click

from schemas.errors import UsageError
from stream_app.output import Output

if TYPE_CHECKING:
    from connectors.kafka.connection import KafkaConnection
    from connectors.kafka.reader import Message, Start


@click.group()
def command() -> None:
    """List, create and follow topics."""


@command.command("list")
@click.pass_obj
def list_command(output: Output) -> None:
    """Show the declared topics and those that others have made."""
    from connectors.kafka.admin import list_topics
    from schemas.topics import TOPICS

    existing = list_topics(_connection()[0])
    rows = [
        {
            "name": name,
            "key": TOPICS[name].key if name in TOPICS else None,
            "about": TOPICS[name].about if name in TOPICS else "not declared by this system",
            "exists": name in existing,
            "partitions": existing[name].partitions if name in existing else None,
            "replication_factor": existing[name].replication_factor if name in existing else None,
        }
        for name in [*TOPICS, *(name for name in existing if name not in TOPICS)]
    ]
    output.document({"topics": rows})
    output.table(
        ["topic", "partitions", "replicas", "key", "about"],
        [
            (row["name"], row["partitions"] or "absent", row["replication_factor"], row["key"], row["about"])
            for row in rows
        ],
    )


@command.command("create")
@click.argument("names", nargs=-1, metavar="[TOPIC]…")
@click.option("--partitions", type=click.IntRange(min=1), help="Instead of the setting kafka.partitions.")
@click.option("--replication-factor", type=click.IntRange(min=1), help="Instead of kafka.replication_factor.")
@click.pass_obj
def create_command(
    output: Output, *, names: tuple[str, ...], partitions: int | None, replication_factor: int | None
) -> None:
    """Create the declared topics, or only those named; what exists is left as it is."""
    from connectors.kafka.admin import create_topics
    from schemas.topics import TOPICS

    connection, default_partitions, default_factor = _connection()
    wanted = list(names or TOPICS)
    created = create_topics(connection, partitions or default_partitions, replication_factor or default_factor, wanted)
    existed = [name for name in wanted if name not in created]
    output.document({"created": created, "existed": existed})
    output.text(f"created: {', '.join(created) or 'none'}\nexisted: {', '.join(existed) or 'none'}")


@command.command("tail")
@click.argument("topic")
@click.option("--from", "start", default="end", show_default=True, help="beginning, end, or a time (ISO 8601).")
@click.option("--until-end", is_flag=True, help="Stop at the end that the topic has now.")
@click.option("--limit", type=click.IntRange(min=1), help="Stop after so many records.")
@click.option("--key", help="Only records with this key.")
@click.pass_obj
def tail_command(
    output: Output, *, topic: str, start: str, until_end: bool, limit: int | None, key: str | None
) -> None:
    """Print the records of TOPIC as they come, until Ctrl-C."""
    from connectors.kafka.reader import read_all
    from stream_app.record_line import record_document, record_text

    messages: Iterator[Message] = read_all(_connection()[0], topic, _start(start), follow=not until_end)
    if key is not None:
        messages = (message for message in messages if message.key == key.encode())
    for message in islice(messages, limit):
        output.line(record_document(topic, message), record_text(message))


def _start(text: str) -> "Start":
    from schemas.times import parse_time

    places: dict[str, Start] = {"beginning": "beginning", "end": "end"}
    if text in places:
        return places[text]
    try:
        return parse_time(text) // 1000
    except ValueError as error:
        raise UsageError(
            f"--from {text!r} is no place in a topic ({error}): give beginning, end, or a time as 2026-01-31T12:00:00Z"
        ) from None


def _connection() -> tuple["KafkaConnection", int, int]:
    """Return the connection, and the partitions and replication factor for new topics."""
    from stream_app.running import brokers_of
    from stream_app.settings import load_settings

    settings = load_settings()
    kafka = settings.kafka
    return settings.kafka_connection(brokers_of(settings)), kafka.partitions, kafka.replication_factor
