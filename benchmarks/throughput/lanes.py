"""What a throughput run needs to know of each lane."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from benchmarks.throughput.audio_load import RATE_HZ, AudioLoad
from benchmarks.throughput.block_load import BLOCK_SAMPLES, BlockLoad
from benchmarks.throughput.load import Load
from benchmarks.throughput.rivals import RIVALS, Rival
from models.blocks.tuning import BlockTuning
from models.sound.tuning import SoundTuning
from models.tuning import Tuning
from schemas.topics import AUDIO_FRAMES, READINGS, SIGNALS

_SOUND = SoundTuning()


class AnyLoad(Protocol):
    """A backlog: how many units it holds, and its messages."""

    @property
    def total(self) -> int:
        """Number of units produced."""

    def messages(self) -> Iterator[tuple[bytes, bytes, int]]:
        """Yield `(key, value, units in it)`."""


@dataclass(frozen=True, slots=True)
class LanePlan:
    """`unit` is what is counted; `learn_units` of a sensor come before it is measured."""

    topic: str
    unit: str
    sensors: int
    per_message: tuple[int, ...]
    learn_units: int
    expected_per_s: Callable[[int], int]
    load: Callable[[int, int, int], AnyLoad]
    rivals: dict[str, Rival]


LANES: dict[str, LanePlan] = {
    "readings": LanePlan(
        topic=READINGS,
        unit="readings",
        sensors=2000,
        per_message=(1, 100),
        learn_units=round(1.05 * Tuning().learn_readings),
        expected_per_s=lambda per_message: 400_000 if per_message == 1 else 900_000,
        load=Load,
        rivals=RIVALS,
    ),
    "signals": LanePlan(
        topic=SIGNALS,
        unit="samples",
        sensors=200,
        per_message=(BLOCK_SAMPLES,),
        learn_units=(BlockTuning().learn_blocks + 2) * BLOCK_SAMPLES,
        expected_per_s=lambda per_message: 4_000_000,
        load=lambda units, sensors, per_message: BlockLoad(units, sensors),
        rivals={
            "limit": Rival(
                "benchmarks.throughput.block_limit",
                "full without checkpoints",
                "the same kernels in a bare confluent-kafka loop; no recovery, no handing over of partitions",
                fast=True,
            )
        },
    ),
    "audio": LanePlan(
        topic=AUDIO_FRAMES,
        unit="samples",
        sensors=40,
        per_message=(RATE_HZ,),
        learn_units=round((_SOUND.span_s + _SOUND.learn_s + _SOUND.calibrate_s + 2.0) * RATE_HZ),
        expected_per_s=lambda per_message: 24_000_000,
        load=AudioLoad,
        rivals={
            "limit": Rival(
                "benchmarks.throughput.audio_limit",
                "full without checkpoints",
                "the same kernels in a bare confluent-kafka loop; no recovery, no handing over of partitions",
                fast=True,
            ),
            "librosa": Rival(
                "benchmarks.throughput.librosa_loop",
                "features of each 10 s, no recovery",
                "a plain loop: librosa's features of each 10 s of sound, and their distance from the first clips'",
            ),
        },
    ),
}
