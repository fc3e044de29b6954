"""The lanes of a monitor worker behind a scorer."""

import time
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


def pipeline(settings: "Settings", gathering: "Gathering | None" = None) -> Scorer:
    """Return a scorer with the settings of the workers; `gathering`, if given, sees every reading and its band."""
    options, signals = readings_options(settings), signals_options(settings)

    def make(topic: str, number: int) -> Partition:
        if topic == SIGNALS:
            from agents.signals import SignalsPartition
            from stream_app.scoring.watched_blocks import WatchedBlocks

            # A plot draws the level and the spectrum of every block.
            if gathering is None:
                return SignalsPartition(topic, number, signals)
            shown = SignalsPartition(topic, number, replace(signals, publish_features="all"))
            of_blocks, raise_score = shown.names, signals.tuning.raise_score
            shown.bank = WatchedBlocks(signals, lambda *seen: gathering.blocks(of_blocks, raise_score, *seen))
            return shown
        if topic == AUDIO_FRAMES:
            from agents.audio import AudioPartition

            return AudioPartition(topic, number, audio_options(settings))
        partition = ReadingsPartition(topic, number, options)
        if gathering is not None:
            names = partition.index.names
            partition.bank = TracedBank(options, lambda *seen: gathering.readings(names, *seen))
        return partition

    return Scorer(make, settings.kafka.partitions, lambda: time.time_ns() // 1_000_000)
