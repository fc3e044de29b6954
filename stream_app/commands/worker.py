"""`stream-app worker`: one role in one process."""

import importlib
import os
import socket

import click

from schemas.errors import UnavailableError
from stream_app.roles import ROLES


@click.command()
@click.argument("role", type=click.Choice(list(ROLES)))
@click.option("--name", help="Steady name of this worker in its group; else STREAM_APP_WORKER__NAME, else the host's.")
@click.pass_context
def command(ctx: click.Context, role: str, name: str | None) -> None:
    """Run one ROLE until SIGTERM; start more of it, under other names and ports, to share the partitions."""
    from stream_app.logs import configure_logs
    from stream_app.running import brokers_of
    from stream_app.settings import load_settings

    given = {"STREAM_APP_WORKER__NAME": name} if name else {}
    settings = load_settings({**os.environ, **given})
    configure_logs(settings.log_level, settings.log_format)
    settings = settings.model_copy(update={"brokers": brokers_of(settings)})
    try:
        module = importlib.import_module(ROLES[role])
    except ModuleNotFoundError as missing:
        raise UnavailableError(
            f"Role {role} needs the package {missing.name}, which is not installed; install stream-app[web]."
        ) from None
    ctx.exit(module.run(settings, settings.worker.name or socket.gethostname()))
