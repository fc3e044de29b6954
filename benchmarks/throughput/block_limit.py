"""The limit of the signals lane: the same kernels on waveform blocks in a bare confluent-kafka loop."""

from agents.signals import SignalsPartition
from agents.warm_up import warm_up_blocks
from benchmarks.throughput.limit import consume
from benchmarks.throughput.options import rival_options
from schemas.topics import SIGNALS

# More than fits the processor's caches makes a round slower, not faster.
SAMPLES_AT_ONCE = 200_000

if __name__ == "__main__":
    warm_up_blocks()
    consume(rival_options(), SIGNALS, lambda number: SignalsPartition(SIGNALS, number), SAMPLES_AT_ONCE)
