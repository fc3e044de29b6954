"""`stream-app broker`: the embedded Kafka alone, until it is told to stop."""

import signal
import time
from pathlib import Path
from types import FrameType

import click

from schemas.errors import UnavailableError
from stream_app.output import Output

_LOOK_EVERY_S = 0.2


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Keep the data in DIR/kafka.")
@click.option("--port", type=click.IntRange(1, 65_535), help="Listen here; else on a free port.")
@click.pass_obj
def command(output: Output, *, data_dir: Path | None, port: int | None) -> None:
    """Run Kafka on 127.0.0.1 with its data in the data directory until Ctrl-C or SIGTERM.

    Other commands with the same data directory find it by themselves.
    """
    from stream_app.embedded import embedded_kafka
    from stream_app.running import leave_note, remove_note
    from stream_app.settings import load_settings

    settings = load_settings()
    if data_dir is not None:
        settings = settings.model_copy(update={"data_dir": data_dir.resolve()})
    signal.signal(signal.SIGTERM, _stop)
    broker = embedded_kafka(settings, port)
    try:
        with broker:
            leave_note(settings.data_dir, broker.bootstrap)
            output.text(f"Kafka serves at {broker.bootstrap}, its data are in {broker.data_dir}; Ctrl-C stops it.")
            output.document({"ready": True, "brokers": broker.bootstrap, "data_dir": str(settings.data_dir)})
            while broker.exit_code is None:
                time.sleep(_LOOK_EVERY_S)
            raise UnavailableError(
                f"the embedded Kafka ended by itself with status {broker.exit_code}; "
                f"its log {broker.log_file} may say why"
            )
    finally:
        remove_note(settings.data_dir)


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
