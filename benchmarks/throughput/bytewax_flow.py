"""Bytewax: a dataflow with state per key, one message at a time; no recovery store, as it is off by default."""

from typing import TypeAlias

from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSourceMessage
from bytewax.connectors.kafka import operators as kafka
from bytewax.dataflow import Dataflow
from bytewax.run import cli_main
from confluent_kafka import OFFSET_BEGINNING

from benchmarks.throughput.one_message import MessageWork
from benchmarks.throughput.options import RivalOptions, rival_options
from benchmarks.throughput.progress import Progress
from schemas.topics import READINGS

Message: TypeAlias = "KafkaSourceMessage[bytes | None, bytes | None]"
States = dict[str, bytes]


def build(options: RivalOptions) -> Dataflow:
    """Return the dataflow: in, keyed by asset, scored with state, out."""
    work, progress = MessageWork(), Progress()

    def score(states: States | None, message: Message) -> tuple[States, list[KafkaSinkMessage[bytes, bytes]]]:
        done = work.do(message.value or b"", message.partition or 0, message.offset or 0)
        states = states or {}
        states.update(done.states)
        progress.add(done.readings)
        return states, [KafkaSinkMessage(output.key or b"", output.value) for output in done.events]

    flow = Dataflow("bench")
    brokers = [options.brokers]
    messages = kafka.input("readings", flow, brokers=brokers, topics=[READINGS], starting_offset=OFFSET_BEGINNING)
    op.raises("no_errors", messages.errs)
    keyed = op.key_on("asset", messages.oks, lambda message: (message.key or b"").decode())
    events = op.stateful_flat_map("score", keyed, score)
    kafka.output("events", op.key_rm("values", events), brokers=brokers, topic=options.events)
    return flow


if __name__ == "__main__":
    cli_main(build(rival_options()))
