"""The command line: exit codes, errors in one sentence, JSON alone on stdout, a fast `--help`."""

import json
import subprocess
import sys
import time
import types
from collections.abc import Callable

import click
import pytest

from schemas.errors import BadDataError, SettingsError, StreamAppError, UnavailableError, UsageError
from stream_app import cli
from stream_app.output import Output

Install = Callable[[Callable[[], None]], None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a command `probe` that calls a function into the table."""

    def put(body: Callable[[], None]) -> None:
        @click.command()
        @click.pass_obj
        def command(output: Output) -> None:
            body()
            output.text("for people")
            output.document({"for": "programs"})

        module = types.ModuleType("probe_command")
        module.command = command  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "probe_command", module)
        monkeypatch.setitem(cli.COMMANDS, "probe", ("probe_command", "Probe."))

    return put


def raising(error: BaseException) -> Callable[[], None]:
    def body() -> None:
        raise error

    return body


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("Thing x is wrong; use y."), 2),
        (SettingsError("Thing x is wrong; use y."), 3),
        (UnavailableError("Thing x is wrong; use y."), 4),
        (BadDataError("Thing x is wrong; use y."), 5),
    ],
)
def test_an_expected_error_is_one_sentence(
    install: Install, capsys: pytest.CaptureFixture[str], error: StreamAppError, code: int
) -> None:
    install(raising(error))
    assert cli.run(["probe"]) == code
    said = capsys.readouterr()
    assert said.err == "stream-app: Thing x is wrong; use y.\n"
    assert said.out == ""


@pytest.mark.parametrize("error", [ZeroDivisionError("boom"), StreamAppError("boom")])
def test_a_defect_shows_its_traceback(install: Install, capsys: pytest.CaptureFixture[str], error: Exception) -> None:
    install(raising(error))
    assert cli.run(["probe"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_interrupted(install: Install) -> None:
    install(raising(KeyboardInterrupt()))
    assert cli.run(["probe"]) == 130


@pytest.mark.parametrize("arguments", [["nothing-such"], ["probe", "--no-such-option"], ["--no-such-option"]])
def test_wrong_usage(install: Install, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    install(lambda: None)
    assert cli.run(arguments) == 2
    said = capsys.readouterr()
    assert "Usage:" in said.err
    assert said.out == ""


@pytest.mark.parametrize("arguments", [["--json", "probe"], ["probe", "--json"]])
def test_json_before_or_after_the_command(
    install: Install, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    install(lambda: None)
    assert cli.run(arguments) == 0
    assert json.loads(capsys.readouterr().out) == {"for": "programs"}


def test_json_is_not_remembered(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install(lambda: None)
    cli.run(["probe", "--json"])
    capsys.readouterr()
    cli.run(["probe"])
    assert capsys.readouterr().out == "for people\n"


def test_help_lists_every_command_and_imports_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0
    help_text = capsys.readouterr().out
    assert [name for name in cli.COMMANDS if f"  {name} " not in help_text] == []
    script = (
        "import sys\nfrom stream_app.cli import run\nrun(['--help'])\n"
        "heavy = {'numpy', 'numba', 'faust', 'confluent_kafka', 'pyarrow', 'pydantic', 'structlog', 'rich'}\n"
        "sys.exit(sorted(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_help_is_fast() -> None:
    def once() -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "stream_app", "--help"], check=True, capture_output=True)
        return time.perf_counter() - started

    # The best of three: the machine may be busy with something else.
    assert min(once() for _ in range(3)) < 0.5


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_every_command_of_the_table_can_be_loaded(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([name, "--help"]) == 0
    assert "--json" in capsys.readouterr().out


def test_a_reader_that_leaves_is_no_error() -> None:
    head = f"{sys.executable} -m stream_app schema asyncapi | head -c 10; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", head], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("0")
    assert "Traceback" not in done.stderr
