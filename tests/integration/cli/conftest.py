"""The command line against the session's broker."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.embedded_kafka import EmbeddedKafka
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from stream_app import cli

Command = Callable[..., Any]


@pytest.fixture
def command(
    broker: EmbeddedKafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run a command with `--json` and return what it printed: `command("dlq", "list", code=0)`."""
    monkeypatch.setenv("STREAM_APP_BROKERS", broker.bootstrap)
    monkeypatch.setenv("STREAM_APP_DATA_DIR", str(tmp_path / "data"))
    create_topics(KafkaConnection(broker.bootstrap))

    def run(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        ended = cli.run([*arguments, "--json"])
        said = capsys.readouterr()
        assert ended == code, said.err
        return json.loads(said.out) if said.out else said.err

    return run
