"""A writer that keeps what it is told to send, in place of Kafka."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stream_app.publishing import destination


class KeptWriter:
    """Keeps `(topic, key, value)` in the order of sending."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, bytes]] = []

    def send(self, topic: str, key: bytes, value: bytes) -> None:
        self.sent.append((topic, key, value))


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> KeptWriter:
    """Put the kept writer where commands look for Kafka."""
    kept = KeptWriter()

    @contextmanager
    def open_writer(*topics: str) -> Iterator[KeptWriter]:
        yield kept

    monkeypatch.setattr(destination, "open_writer", open_writer)
    return kept
