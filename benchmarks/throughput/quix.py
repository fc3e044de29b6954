"""Quix Streams: a dataframe with state, one message at a time."""

import tempfile

from quixstreams import Application, State, message_context

from benchmarks.throughput.one_message import MessageWork
from benchmarks.throughput.options import rival_options
from benchmarks.throughput.progress import Progress
from schemas.topics import READINGS


def main() -> None:
    """Run the application until killed."""
    options = rival_options()
    with tempfile.TemporaryDirectory() as folder:
        app = Application(
            options.brokers,
            consumer_group=options.group,
            auto_offset_reset="earliest",
            state_dir=folder,
            loglevel="WARNING",
        )
        readings = app.topic(READINGS, key_deserializer="bytes", value_deserializer="bytes")
        events = app.topic(options.events, key_serializer="bytes", value_serializer="bytes")
        work, progress = MessageWork(), Progress()

        def score(value: bytes, state: State) -> list[bytes]:
            at = message_context()
            done = work.do(value, at.partition, at.offset)
            for sensor_id, packed in done.states.items():
                state.set_bytes(sensor_id, packed)
            progress.add(done.readings)
            return [output.value for output in done.events]

        app.dataframe(readings).apply(score, stateful=True, expand=True).to_topic(events)
        app.run()


if __name__ == "__main__":
    main()
