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


def pipeline(settings: "Settings", gathering: "Gathering | None" = None, *, with_features: bool = False) -> Scorer:
    """Return a scorer with the settings of the workers.

    `gathering`, if given, sees every reading and its band. Feature rows of readings are made only `with_features`.
    """
    options = replace(readings_options(settings), publish_features="all" if with_features else "none")
    signals = signals_options(settings)
    sound = audio_options(settings)
    if with_features:
        sound = replace(sound, publish_features="all")
    if with_features or gathering is not None:
        # A plot draws the level of every block.
        signals = replace(signals, publish_features="all")

    def make(topic: str, number: int) -> Partition:
        if topic == SIGNALS:
            from agents.signals import SignalsPartition
            from stream_app.scoring.watched_blocks import WatchedBlocks

            blocks = SignalsPartition(topic, number, signals)
            if gathering is not None:
                # And its spectrum.
                of_blocks, raise_score = blocks.names, signals.tuning.raise_score
                blocks.bank = WatchedBlocks(signals, lambda *seen: gathering.blocks(of_blocks, raise_score, *seen))
            return blocks
        if topic == AUDIO_FRAMES:
            from agents.audio import AudioPartition

            return AudioPartition(topic, number, sound)
        partition = ReadingsPartition(topic, number, options)
        if gathering is not None:
            names = partition.index.names
            partition.bank = TracedBank(options, lambda *seen: gathering.readings(names, *seen))
        return partition

    return Scorer(make, lambda: time.time_ns() // 1_000_000, settings.readings.max_future_s)
