"""A child process that cannot outlive this one, and what it says, line by line."""

import asyncio
import contextlib
import os
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from connectors.embedded_kafka.leash import leashed

_CHUNK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """What to run under `name`, program first by its path; `env` goes on top of ours.

    With `ends` an exit code 0 means that its work is done.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    ends: bool = False


async def spawn(spec: ChildSpec) -> Process:
    """Start the child in a session of its own, its stderr joined to its stdout; call from the main thread.

    Ctrl-C in the terminal so reaches us alone and the children end in order; where we die first, the kernel ends them.
    """
    replaced = {name.upper() for name in spec.env}
    env = {name: value for name, value in os.environ.items() if name.upper() not in replaced}
    return await asyncio.create_subprocess_exec(
        *leashed(list(spec.command)),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        env={**env, **spec.env},
        start_new_session=True,
    )


async def lines_of(process: Process) -> AsyncIterator[str]:
    """Yield the lines of the child until it closes its output; a line beyond 64 KiB comes in pieces."""
    assert process.stdout is not None
    rest = b""
    while chunk := await process.stdout.read(_CHUNK_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace")
        if len(rest) > _CHUNK_BYTES:
            yield rest.decode("utf-8", "replace")
            rest = b""
    if rest:
        yield rest.decode("utf-8", "replace")


def signal_all(process: Process, number: int) -> None:
    """Send a signal to the child and to what it has started; one that has gone is no error."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
