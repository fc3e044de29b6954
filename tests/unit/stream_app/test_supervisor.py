"""Children are kept alive, heard, and gone when we are."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import pytest

from schemas.errors import SettingsError
from stream_app.children import ChildSpec
from stream_app.supervisor import BackOff, Supervisor

PROMPT = BackOff(first_s=0.02, longest_s=0.05)


def python(name: str, script: str, *arguments: str, ends: bool = False, env: dict[str, str] | None = None) -> ChildSpec:
    return ChildSpec(name, (sys.executable, "-S", "-u", "-c", script, *arguments), env or {}, ends)


async def until(condition: Callable[[], object], within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


class Heard:
    """Lines of the children as `(name, line)`."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, name: str, line: str) -> None:
        self.lines.append((name, line))


def test_lines_carry_the_name_of_their_child_and_its_environment() -> None:
    heard = Heard()

    async def scenario() -> None:
        supervisor = Supervisor(heard, PROMPT)
        script = (
            "import os, sys; print(os.environ['COLOUR']); print('on stderr', file=sys.stderr); print('é' * 3, end='')"
        )
        supervisor.keep(python("a", script, ends=True, env={"COLOUR": "red"}))
        await until(lambda: len(heard.lines) == 3)
        await supervisor.stop(1.0)

    asyncio.run(scenario())
    assert heard.lines == [("a", "red"), ("a", "on stderr"), ("a", "ééé")]


def test_a_very_long_line_comes_in_pieces_and_blocks_nothing() -> None:
    heard = Heard()

    async def scenario() -> None:
        supervisor = Supervisor(heard, PROMPT)
        supervisor.keep(python("a", "print('x' * 1_000_000); print('next')", ends=True))
        await until(lambda: ("a", "next") in heard.lines)
        await supervisor.stop(1.0)

    asyncio.run(scenario())
    assert sum(line.count("x") - (line == "next") for _, line in heard.lines) == 1_000_000


def test_what_dies_is_started_again_and_what_is_done_is_not() -> None:
    heard = Heard()

    async def scenario() -> None:
        supervisor = Supervisor(heard, PROMPT)
        supervisor.keep(python("dies", "print('up'); import sys; sys.exit(7)"))
        supervisor.keep(python("returns", "print('up')"))
        supervisor.keep(python("ends", "print('up')", ends=True))
        supervisor.keep(python("fails", "print('up'); import sys; sys.exit(1)", ends=True))
        again = {"dies", "returns", "fails"}
        await until(lambda: all(sum(n == name for n, _ in heard.lines) >= 3 for name in again))
        await supervisor.stop(1.0)

    asyncio.run(scenario())
    assert sum(name == "ends" for name, _ in heard.lines) == 1


def test_a_killed_child_is_back_under_another_id() -> None:
    async def scenario() -> None:
        supervisor = Supervisor(Heard(), PROMPT)
        supervisor.keep(python("a", "import time; time.sleep(60)"))
        await until(lambda: "a" in supervisor.pids)
        first = supervisor.pids["a"]
        os.kill(first, signal.SIGKILL)
        await until(lambda: supervisor.pids.get("a", first) != first)
        assert psutil.pid_exists(supervisor.pids["a"])
        await supervisor.stop(1.0)

    asyncio.run(scenario())


def test_waits_between_restarts_grow() -> None:
    async def scenario() -> list[float]:
        starts: list[float] = []
        supervisor = Supervisor(lambda *_: starts.append(time.monotonic()), BackOff(first_s=0.1, longest_s=0.4))
        supervisor.keep(python("a", "print('up'); import sys; sys.exit(1)"))
        await until(lambda: len(starts) == 5)
        await supervisor.stop(1.0)
        return starts

    starts = asyncio.run(scenario())
    waits = [after - before for before, after in itertools.pairwise(starts)]
    for wait, least in zip(waits, (0.1, 0.2, 0.4, 0.4), strict=True):
        assert wait >= least


@pytest.mark.parametrize("code", [2, 3])
def test_a_child_that_refuses_its_settings_is_hopeless(code: int) -> None:
    async def scenario() -> None:
        supervisor = Supervisor(Heard(), PROMPT)
        supervisor.keep(python("good", "import time; time.sleep(60)"))
        supervisor.keep(python("bad", f"import sys; sys.exit({code})"))
        try:
            async with asyncio.timeout(10):
                await supervisor.failed()
        finally:
            await supervisor.stop(1.0)
            assert supervisor.pids == {}

    with pytest.raises(SettingsError, match="bad refused"):
        asyncio.run(scenario())


def test_stop_lets_children_finish_and_kills_those_that_will_not() -> None:
    heard = Heard()
    polite = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('bye'), sys.exit(0)))\n"
        "print('up'); time.sleep(60)"
    )
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(60)"

    async def scenario() -> tuple[float, list[int]]:
        supervisor = Supervisor(heard, PROMPT)
        supervisor.keep(python("polite", polite))
        supervisor.keep(python("stubborn", stubborn))
        await until(lambda: len(heard.lines) == 2)
        pids = list(supervisor.pids.values())
        began = time.monotonic()
        await supervisor.stop(0.5)
        return time.monotonic() - began, pids

    seconds, pids = asyncio.run(scenario())
    assert ("polite", "bye") in heard.lines
    assert 0.4 < seconds < 3.0
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_stop_during_a_back_off_ends_at_once() -> None:
    async def scenario() -> float:
        supervisor = Supervisor(Heard(), BackOff(first_s=60.0))
        supervisor.keep(python("a", "import sys; sys.exit(1)"))
        await until(lambda: "a" in supervisor.pids)
        await until(lambda: "a" not in supervisor.pids)
        began = time.monotonic()
        await supervisor.stop(5.0)
        return time.monotonic() - began

    assert asyncio.run(scenario()) < 1.0


GRANDCHILD = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print(p.pid); p.wait()"


def test_what_a_child_started_goes_with_it() -> None:
    heard = Heard()

    async def scenario() -> None:
        supervisor = Supervisor(heard, PROMPT)
        supervisor.keep(python("a", GRANDCHILD))
        await until(lambda: heard.lines)
        await supervisor.stop(2.0)

    asyncio.run(scenario())
    assert gone([int(line) for _, line in heard.lines])


PARENT = """
import asyncio, sys
from stream_app.children import ChildSpec
from stream_app.logs import configure_logs
from stream_app.supervisor import Supervisor

configure_logs()

async def main():
    supervisor = Supervisor(lambda name, line: print(line, flush=True))
    script = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    supervisor.keep(ChildSpec("a", (sys.executable, "-c", script)))
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_no_orphan_when_we_are_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert psutil.pid_exists(child)
        parent.kill()
    assert gone([child])


def gone(pids: list[int], within_s: float = 5.0) -> bool:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if not any(_lives(pid) for pid in pids):
            return True
        time.sleep(0.02)
    return False


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
