"""The Kafka that a publisher writes to: as configured, or as running in the data directory."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from schemas.errors import UnavailableError

if TYPE_CHECKING:
    from connectors.kafka.writer import BulkWriter

INTERRUPTED_FLUSH_S = 1.0


@contextmanager
def open_writer(*topics: str) -> Iterator["BulkWriter"]:
    """Yield a writer to a Kafka that is there and has the `topics`; what was sent is delivered on leaving."""
    from connectors.kafka.admin import create_topics
    from connectors.kafka.writer import BulkWriter
    from stream_app.running import brokers_of
    from stream_app.settings import load_settings

    settings = load_settings()
    connection = settings.kafka_connection(brokers_of(settings))
    create_topics(connection, settings.kafka.partitions, settings.kafka.replication_factor, names=list(topics))
    writer = BulkWriter(connection)
    try:
        yield writer
    except BaseException:
        # Whoever interrupts does not want to wait for a broker that may be gone.
        with suppress(UnavailableError):
            writer.flush(INTERRUPTED_FLUSH_S)
        raise
    writer.flush()
