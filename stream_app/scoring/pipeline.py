"""The lanes of a monitor worker behind a scorer."""

import time
from collections.abc import Container
from dataclasses import replace
from typing import TYPE_CHECKING

from agents.readings import ReadingsPartition
from schemas.topics import AUDIO_FRAMES, SIGNALS
from stream_app.scoring.options import audio_options, readings_options, signals_options
from stream_app.scoring.scorer import Partition, Scorer
from stream_app.scoring.traced_bank import TracedBank

if TYPE_CHECKING:
    from stream_app.plot.gathering import Gathering
    from stream_app.settings import Settings


def pipeline(
    settings: "Settings",
    gathering: "Gathering | None" = None,
    chosen: Container[int] | None = None,
    *,
    feature_rows: bool = True,
) -> Scorer:
    """Return a scorer with the settings of the workers, for all partitions or those `chosen`.

    `gathering`, if given, sees every reading and its band. Without `feature_rows` those of readings are not made.
    """
    options, signals = readings_options(settings), signals_options(settings)
    if not feature_rows:
        options = replace(options, publish_features="none")

    def make(topic: str, number: int) -> Partition:
        if topic == SIGNALS:
            from agents.signals import SignalsPartition

            # A plot draws the level of every block.
            shown = signals if gathering is None else replace(signals, publish_features="all")
            return SignalsPartition(topic, number, shown)
        if topic == AUDIO_FRAMES:
            from agents.audio import AudioPartition

            return AudioPartition(topic, number, audio_options(settings))
        partition = ReadingsPartition(topic, number, options)
        if gathering is not None:
            names = partition.index.names
            partition.bank = TracedBank(options, lambda *seen: gathering.readings(names, *seen))
        return partition

    return Scorer(make, settings.kafka.partitions, lambda: time.time_ns() // 1_000_000, chosen)
