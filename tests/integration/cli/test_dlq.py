"""Dead letters go back to where they came from, once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.kafka.connection import KafkaConnection
from connectors.kafka.reader import Message, read_all
from connectors.kafka.writer import BulkWriter
from schemas.dead_letter import DeadLettered, encode_dead_letter
from schemas.errors import UsageError
from schemas.topics import DEAD_LETTERS
from stream_app.letters import letter_of, send_back
from stream_app.retry_log import HEADER, RetryLog
from tests.integration.cli.conftest import Command

Refuse = Callable[..., str]


@pytest.fixture
def source(new_topic: Callable[..., str]) -> str:
    """A topic of three partitions that letters come from."""
    return new_topic(partitions=3)


@pytest.fixture
def refuse(connection: KafkaConnection, source: str) -> Refuse:
    """Publish a dead letter on a message of `source` and return its id."""

    def put(value: bytes | None, offset: int = 0, *, partition: int = 1, max_bytes: int = 1000, copies: int = 1) -> str:
        letter, letter_id = encode_dead_letter(
            topic=source,
            partition=partition,
            offset=offset,
            index=2,
            ts_us=1_767_225_600_000_000 + offset,
            reason="not_json",
            stage="decode",
            detail="it ends too early",
            key=b"pump-1",
            value=value,
            max_bytes=max_bytes,
            headers=[(b"rate_hz", b"16000"), (HEADER.encode(), b"of an earlier letter")],
        )
        with BulkWriter(connection) as writer:
            for _ in range(copies):
                writer.send(DEAD_LETTERS, b"pump-1", letter)
        return letter_id

    return put


def came_back(connection: KafkaConnection, source: str) -> list[Message]:
    return list(read_all(connection, source))


def test_list_and_show(command: Command, refuse: Refuse, source: str) -> None:
    letter_id = refuse(b'{"sensor_id": "\xff', copies=2)
    (listed,) = [one for one in command("dlq", "list", "--reason", "not_json")["letters"] if one["id"] == letter_id]
    assert listed["source"] == {"topic": source, "partition": 1, "offset": 0, "index": 2}
    assert listed["retried_ts"] is None
    assert command("dlq", "show", letter_id) == listed
    assert all(one["id"] != letter_id for one in command("dlq", "list", "--reason", "empty")["letters"])


def test_show_for_people(command: Command, refuse: Refuse, capsys: pytest.CaptureFixture[str]) -> None:
    from stream_app import cli

    letter_id = refuse(b'{"sensor_id": "\xff')
    capsys.readouterr()
    assert cli.run(["dlq", "show", letter_id]) == 0
    assert 'value    {"sensor_id": "\\xff' in capsys.readouterr().out


def test_the_same_bytes_go_back_once(
    command: Command, refuse: Refuse, source: str, connection: KafkaConnection
) -> None:
    letter_id = refuse(b'{"half')
    assert command("dlq", "retry", letter_id) == {"sent": [letter_id]}
    (message,) = came_back(connection, source)
    assert (message.partition, message.key, message.value) == (1, b"pump-1", b'{"half')
    assert message.headers == [("rate_hz", b"16000"), (HEADER, letter_id.encode())]
    said = command("dlq", "retry", letter_id, code=2)
    assert f"Dead letter {letter_id} was sent back at" in said
    assert len(came_back(connection, source)) == 1
    assert command("dlq", "show", letter_id)["retried_ts"] is not None


def test_repaired_bytes_go_back(
    command: Command, refuse: Refuse, source: str, connection: KafkaConnection, tmp_path: Path
) -> None:
    repaired = tmp_path / "repaired.json"
    repaired.write_bytes(b'{"whole": 1}')
    letter_id = refuse(b'{"half')
    command("dlq", "retry", letter_id, "--value-file", str(repaired))
    assert [message.value for message in came_back(connection, source)] == [b'{"whole": 1}']


def test_a_cut_letter_needs_the_whole_message(
    command: Command, refuse: Refuse, source: str, connection: KafkaConnection
) -> None:
    letter_id = refuse(b"x" * 2000)
    assert "was cut; give the whole message by --value-file" in command("dlq", "retry", letter_id, code=2)
    assert came_back(connection, source) == []


def test_a_null_value_goes_back_as_null(
    command: Command, refuse: Refuse, source: str, connection: KafkaConnection
) -> None:
    command("dlq", "retry", refuse(None))
    assert [message.value for message in came_back(connection, source)] == [None]


def test_all_of_a_reason_leaves_out_what_was_sent(
    command: Command, refuse: Refuse, source: str, connection: KafkaConnection
) -> None:
    command("dlq", "retry", "--all", "--reason", "not_json")
    ids = [refuse(b"%d" % offset, offset) for offset in range(3)]
    command("dlq", "retry", ids[1])
    assert sorted(command("dlq", "retry", "--all", "--reason", "not_json")["sent"]) == [ids[0], ids[2]]
    assert command("dlq", "retry", "--all", "--reason", "not_json") == {"sent": []}
    assert len(came_back(connection, source)) == 3


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "Give the ids"),
        (("x", "--all"), 2, "Give the ids"),
        (("no:0:0:0:dead",), 2, "is not there; `stream-app dlq list`"),
        (("a", "b", "--value-file", "f"), 2, "repairs one letter"),
        (("a", "--value-file", "/nowhere/f"), 4, "/nowhere/f cannot be read"),
    ],
)
def test_wrong_usage(command: Command, arguments: tuple[str, ...], code: int, words: str) -> None:
    assert words in command("dlq", "retry", *arguments, code=code)


class TestTriesThatMeet:
    """Two at once, and one that broke off."""

    @pytest.fixture
    def letter(self, command: Command, refuse: Refuse, connection: KafkaConnection) -> DeadLettered:
        return letter_of(connection, refuse(b'{"half'))

    @pytest.fixture
    def writer(self, connection: KafkaConnection) -> BulkWriter:
        return BulkWriter(connection)

    def test_the_second_of_two_is_refused(
        self, letter: DeadLettered, connection: KafkaConnection, writer: BulkWriter
    ) -> None:
        log = RetryLog(connection, writer)
        log.begin(letter)
        with pytest.raises(UsageError, match="is being sent back by another call"):
            send_back(writer, log, letter)

    def test_when_both_have_begun_the_first_goes_on(
        self, letter: DeadLettered, connection: KafkaConnection, writer: BulkWriter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = RetryLog(connection, writer), RetryLog(connection, writer)
        steps: list[Any] = second._steps()
        reads = iter([steps])
        really = second._steps
        # The second has read the log before the first wrote to it.
        monkeypatch.setattr(second, "_steps", lambda: next(reads, None) or really())
        first.begin(letter)
        with pytest.raises(UsageError, match="another call"):
            second.begin(letter)

    @pytest.mark.parametrize("arrived", [True, False])
    def test_a_try_that_broke_off(
        self,
        letter: DeadLettered,
        source: str,
        connection: KafkaConnection,
        writer: BulkWriter,
        monkeypatch: pytest.MonkeyPatch,
        arrived: bool,
    ) -> None:
        log = RetryLog(connection, writer)
        now_us = log.now_us()
        monkeypatch.setattr(log, "now_us", lambda: now_us - 100_000_000)
        if arrived:
            monkeypatch.setattr(log, "end", lambda step: None)
            send_back(writer, log, letter)
        else:
            log.begin(letter)
        monkeypatch.undo()
        if arrived:
            with pytest.raises(UsageError, match="was sent back by a try that broke off"):
                send_back(writer, log, letter)
            assert letter.id in log.sent()
        else:
            send_back(writer, log, letter)
        assert len(came_back(connection, source)) == 1
