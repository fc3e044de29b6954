"""Dead letters as they lie on their topic, found again by id, and sent back to where they came from."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from connectors.kafka.reader import read_all
from schemas.dead_letter import DeadLettered, decode_dead_letter
from schemas.errors import UsageError
from schemas.topics import DEAD_LETTERS
from stream_app.retry_log import HEADER, RetryLog

if TYPE_CHECKING:
    from connectors.kafka.connection import KafkaConnection
    from connectors.kafka.writer import BulkWriter


def letters(connection: "KafkaConnection", reason: str | None = None) -> Iterator[DeadLettered]:
    """Yield the dead letters of a reason, or all, each once; recovery may have published one again."""
    seen: set[str] = set()
    for message in read_all(connection, DEAD_LETTERS):
        letter = decode_dead_letter(message.value or b"")
        if letter.id not in seen and reason in (None, letter.reason):
            seen.add(letter.id)
            yield letter


def letter_of(connection: "KafkaConnection", letter_id: str) -> DeadLettered:
    """Return the dead letter of that id; raises UsageError where there is none."""
    for letter in letters(connection):
        if letter.id == letter_id:
            return letter
    raise UsageError(f"Dead letter {letter_id} is not there; `stream-app dlq list` names those that are.")


def send_back(writer: "BulkWriter", log: RetryLog, letter: DeadLettered, repaired: bytes | None = None) -> None:
    """Send a letter's bytes, or repaired ones, to the partition that it came from; raises UsageError a second time."""
    if repaired is None and letter.truncated:
        raise UsageError(f"Dead letter {letter.id} was cut; give the whole message by --value-file.")
    step = log.begin(letter)
    source = letter.source
    value = letter.value if repaired is None else repaired
    # Sound in a message of its own is told by its headers alone.
    headers = [(name, value or b"") for name, value in letter.headers if name != HEADER]
    headers.append((HEADER, letter.id.encode()))
    # The same partition, not the one of the key: a sensor stays where it was.
    writer.send(source.topic, letter.key, value, headers, partition=source.partition)
    writer.flush()
    log.end(step)
