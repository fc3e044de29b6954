"""`stream-app dlq`: look at refused messages and send them back."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from schemas.errors import UnavailableError, UsageError
from stream_app.output import Output

if TYPE_CHECKING:
    from connectors.kafka.connection import KafkaConnection

_SHOWN_CHARS = 60


@click.group()
def command() -> None:
    """List, show and retry dead letters."""


@command.command("list")
@click.option("--reason", help="Only letters with this reason.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the newest ones.")
@click.pass_obj
def list_command(output: Output, reason: str | None, limit: int | None) -> None:
    """List what was refused, oldest first."""
    from connectors.kafka.writer import BulkWriter
    from stream_app.letters import letters
    from stream_app.retry_log import RetryLog

    connection = _connection()
    with BulkWriter(connection) as writer:
        sent = RetryLog(connection, writer).sent()
    found = sorted(letters(connection, reason), key=lambda letter: letter.ts)
    found = found[-limit:] if limit else found
    output.document({"letters": [_as_json(letter, sent) for letter in found]})
    rows = [[one.id, _as_json(one, sent)["ts"], one.reason, _short(one.detail), one.id in sent] for one in found]
    output.table(["id", "time", "reason", "detail", "retried"], rows)


@command.command("show")
@click.argument("letter_id", metavar="ID")
@click.pass_obj
def show_command(output: Output, letter_id: str) -> None:
    """Show one dead letter with the bytes that were refused."""
    from connectors.kafka.writer import BulkWriter
    from stream_app.letters import letter_of
    from stream_app.retry_log import RetryLog

    connection = _connection()
    letter = letter_of(connection, letter_id)
    with BulkWriter(connection) as writer:
        content = _as_json(letter, RetryLog(connection, writer).sent())
    output.document(content)
    source = letter.source
    output.text(
        f"{letter.reason}: {letter.detail}\n"
        f"stage    {letter.stage}\n"
        f"source   {source.topic}[{source.partition}] offset {source.offset}, place {source.index}\n"
        f"time     {content['ts']}\n"
        f"retried  {content['retried_ts'] or 'no'}\n"
        f"key      {_readable(letter.key)}\n"
        f"value    {_readable(letter.value)}{' … (cut)' if letter.truncated else ''}"
    )


@command.command("retry")
@click.argument("ids", nargs=-1, metavar="[ID]…")
@click.option("--all", "everything", is_flag=True, help="All letters that were not sent back yet.")
@click.option("--reason", help="With --all: only letters with this reason.")
@click.option("--value-file", type=click.Path(path_type=Path), help="Send the repaired message in this file instead.")
@click.pass_obj
def retry_command(
    output: Output, ids: tuple[str, ...], everything: bool, reason: str | None, value_file: Path | None
) -> None:
    """Send dead letters back to where they came from, the same bytes or repaired ones, each once."""
    from connectors.kafka.writer import BulkWriter
    from stream_app.letters import letter_of, letters, send_back
    from stream_app.retry_log import RetryLog

    if bool(ids) == everything:
        raise UsageError("Give the ids of dead letters, or --all.")
    if value_file is not None and len(ids) != 1:
        raise UsageError(f"--value-file {value_file} repairs one letter; give one id.")
    repaired = None if value_file is None else _content(value_file)
    connection = _connection()
    with BulkWriter(connection) as writer:
        log = RetryLog(connection, writer)
        done = log.sent() if everything else {}
        chosen = (
            [letter for letter in letters(connection, reason) if letter.id not in done and not letter.truncated]
            if everything
            else [letter_of(connection, each) for each in ids]
        )
        for letter in chosen:
            send_back(writer, log, letter, repaired)
            output.text(f"sent {letter.id} back to {letter.source.topic}[{letter.source.partition}]")
    output.document({"sent": [letter.id for letter in chosen]})
    if not chosen:
        output.text("nothing to send back")


def _connection() -> "KafkaConnection":
    from stream_app.running import brokers_of
    from stream_app.settings import load_settings

    settings = load_settings()
    return settings.kafka_connection(brokers_of(settings))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnavailableError(f"File {path} cannot be read ({error.strerror}); give another --value-file.") from None


def _as_json(letter: Any, sent: dict[str, int]) -> dict[str, Any]:
    from schemas.times import format_time

    content: dict[str, Any] = letter.model_dump(mode="json")
    at_us = sent.get(letter.id)
    return {**content, "retried_ts": None if at_us is None else format_time(at_us)}


def _short(detail: str) -> str:
    return detail if len(detail) <= _SHOWN_CHARS else f"{detail[: _SHOWN_CHARS - 1]}…"


def _readable(content: bytes | None) -> str:
    return "(none)" if content is None else content.decode("utf-8", "backslashreplace")
