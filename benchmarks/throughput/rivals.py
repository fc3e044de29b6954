"""Who is measured, and what each does for a reading; a dict written out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rival:
    """A consumer under test: a module run as a process of its own, its work in a word, and more about it.

    `fast` ones get through the learning stretch of all sensors before they are measured. `package` must be installed.
    """

    module: str
    work: str
    about: str
    fast: bool = False
    package: str | None = None
    peer: bool = False


STREAM_APP = "stream-app"
FULL = "full"
ABOUT_STREAM_APP = "a worker as it is shipped: dead letters, checkpoints, recovery, metrics and all"

RIVALS: dict[str, Rival] = {
    "limit": Rival(
        "benchmarks.throughput.limit",
        "full without checkpoints",
        "the same kernels in a bare confluent-kafka loop; no recovery, no handing over of partitions",
        fast=True,
    ),
    "stock-faust": Rival(
        "benchmarks.throughput.stock_faust",
        "full, one by one",
        "an ordinary Faust agent: the same kernels message by message, one table write for each sensor in it",
    ),
    "quix": Rival(
        "benchmarks.throughput.quix",
        "full, one by one",
        "a Quix Streams dataframe: the same kernels message by message, one state write for each sensor in it",
        package="quixstreams",
        peer=True,
    ),
    "bytewax": Rival(
        "benchmarks.throughput.bytewax_flow",
        "full without checkpoints, one by one",
        "a Bytewax dataflow: the same kernels message by message, state by asset in memory, no recovery store",
        package="bytewax",
        peer=True,
    ),
}
