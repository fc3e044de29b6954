"""Stock Faust: an ordinary agent that takes one message at a time and writes the state to a table."""

import tempfile
from typing import Any

import faust

from benchmarks.throughput.one_message import MessageWork
from benchmarks.throughput.options import RivalOptions, rival_options
from benchmarks.throughput.progress import Progress
from schemas.topics import READINGS


def build(options: RivalOptions, folder: str) -> faust.App:
    """Return the app; only the web server is switched off, everything else is as Faust comes."""
    app = faust.App(
        options.group,
        broker=f"kafka://{options.brokers}",
        datadir=folder,
        store="memory://",
        web_enabled=False,
        value_serializer="raw",
    )
    readings = app.topic(READINGS, key_serializer="raw")
    events = app.topic(options.events, key_serializer="raw")
    series = app.Table("series", partitions=8, key_type=bytes, value_type=bytes)
    work, progress = MessageWork(), Progress()

    @app.agent(readings)
    async def score(stream: Any) -> None:
        async for event in stream.events():
            message = event.message
            done = work.do(event.value, message.partition, message.offset)
            for sensor_id, packed in done.states.items():
                series[sensor_id.encode()] = packed
            for output in done.events:
                await events.send(key=output.key, value=output.value, headers=list(output.headers))
            progress.add(done.readings)

    return app


def main() -> None:
    """Run the worker until killed."""
    with tempfile.TemporaryDirectory() as folder:
        faust.Worker(build(rival_options(), folder), loglevel="WARNING").execute_from_commandline()


if __name__ == "__main__":
    main()
