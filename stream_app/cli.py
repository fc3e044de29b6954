"""The command line: commands are imported when called, errors become one sentence and an exit code."""

import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from schemas.errors import StreamAppError
from stream_app.output import Output

COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("stream_app.commands.up", "Start Kafka where none is configured, topics and all roles."),
    "broker": ("stream_app.commands.broker", "Run the embedded Kafka alone."),
    "worker": ("stream_app.commands.worker", "Run one role."),
    "simulate": ("stream_app.commands.simulate", "Publish the readings of a simulated fleet with faults."),
    "replay": ("stream_app.commands.replay", "Publish files (CSV, Parquet, WAV) with the time of the data."),
    "score": ("stream_app.commands.score", "Find anomalies in files, without Kafka."),
    "drift": ("stream_app.commands.drift", "Tell whether the world has changed, and by what cause."),
    "topics": ("stream_app.commands.topics", "List, create and follow topics."),
    "dlq": ("stream_app.commands.dlq", "List, show and retry dead letters."),
    "status": ("stream_app.commands.status", "Show topics, lag, workers and checkpoints."),
    "doctor": ("stream_app.commands.doctor", "Tell whether all is well, and what to do where it is not."),
    "train": ("stream_app.commands.train", "Train a model on what sensors did, and register it."),
    "models": ("stream_app.commands.models", "List, compare, promote, roll back, sign and verify models."),
    "schema": ("stream_app.commands.schema", "Print the public formats."),
    "bench": ("stream_app.commands.bench", "Measure."),
}

_INTERRUPTED = 130


class LazyCommands(click.Group):
    """A group whose commands are named here and imported on first use; each takes `--json` as well."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import and return the command, or None where there is none of that name."""
        if name not in COMMANDS:
            return None
        loaded: click.Command = importlib.import_module(COMMANDS[name][0]).command
        loaded.name = name
        return _with_json(loaded)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


def _with_json(command: click.Command) -> click.Command:
    if not any(parameter.name == "as_json" for parameter in command.params):
        command.params.append(_json_option())
    if isinstance(command, click.Group):
        for each in command.commands.values():
            _with_json(each)
    return command


def _json_option() -> click.Option:
    return click.Option(
        ["--json", "as_json"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_switch_json,
        help="Print JSON on stdout and nothing else there.",
    )


def _switch_json(ctx: click.Context, parameter: click.Parameter, on: bool) -> None:
    if on:
        ctx.ensure_object(Output).json = True


@click.group(
    cls=LazyCommands,
    params=[_json_option()],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="stream-app")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Streaming predictive maintenance on Kafka: readings in, anomalies out."""
    ctx.ensure_object(Output)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        result: Any = cli.main(arguments, prog_name="stream-app", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except StreamAppError as error:
        if error.exit_code == StreamAppError.exit_code:
            traceback.print_exc()
        else:
            click.echo(f"stream-app: {error}", err=True)
        return error.exit_code
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of our stdout has gone (`| head`), no error; nothing may be flushed into the pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:
        traceback.print_exc()
        return 1


def main() -> None:
    """Entry point of `stream-app`."""
    sys.exit(run())
