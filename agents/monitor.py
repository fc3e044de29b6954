"""The hot path of a worker: one Faust agent per lane over one table of packed state."""

from collections.abc import Callable
from typing import Any

from agents.audio import AudioPartition
from agents.lane_group import LaneGroup
from agents.model_shelf import Models
from agents.options import AudioOptions, ReadingsOptions, SignalsOptions
from agents.readings import ReadingsPartition
from agents.repartition import RepartitionPartition
from agents.signals import SignalsPartition
from agents.state_keys import LANE_KEYS, sensor_in_lane
from connectors.kafka.connection import KafkaConnection
from connectors.kafka_lane.app import BatchApp
from models.blocks.block_view import describe_blocks
from models.series_view import describe
from models.sound.sound_view import describe_sound
from schemas.anomaly import Lane
from schemas.sensor_index import SensorIndex
from schemas.topics import (
    ANOMALIES,
    AUDIO_FRAMES,
    DEAD_LETTERS,
    FEATURES,
    LATE,
    READINGS,
    SENSOR_HEALTH,
    SHADOW,
    SIGNALS,
    readings_by_asset,
)

TABLE = "series"
# Sixteen seconds of PCM at 16 kHz keep the event loop for about ten milliseconds.
_SOUND_BYTES = 524_288
_DESCRIBE: dict[Lane, Callable[[bytes], dict[str, Any]]] = {
    "readings": describe,
    "signals": describe_blocks,
    "audio": describe_sound,
}


class Monitor(LaneGroup):
    """Agents, table and checkpoints of the role `monitor` in `app`."""

    def __init__(
        self,
        app: BatchApp,
        connection: KafkaConnection,
        readings: ReadingsOptions,
        signals: SignalsOptions,
        audio: AudioOptions,
        *,
        partitions: int,
        checkpoint_interval_s: float,
        checkpoint_budget: float,
        repartition: bool = False,
        models: Models | None = None,
    ) -> None:
        super().__init__(
            app,
            connection,
            TABLE,
            partitions=partitions,
            checkpoint_interval_s=checkpoint_interval_s,
            checkpoint_budget=checkpoint_budget,
        )
        self._add_readings(readings, repartition, models)
        self._add_signals(signals, models)
        self._add_audio(audio, models)

    def _add_readings(self, options: ReadingsOptions, repartition: bool, models: Models | None) -> None:
        source = READINGS
        if repartition:
            target = readings_by_asset(self.app.conf.id)
            self.internal_topics.append(target)
            self.add_lane(
                "repartition",
                READINGS,
                (target.name, DEAD_LETTERS),
                lambda partition, saved: RepartitionPartition(target.name, options.decoder(SensorIndex())),
                by_key=frozenset({target.name}),
            )
            source = target.name
        homes: dict[str, int] = {}
        self.add_lane(
            "readings",
            source,
            (ANOMALIES, SENSOR_HEALTH, FEATURES, SHADOW, LATE, DEAD_LETTERS),
            lambda partition, saved: ReadingsPartition(source, partition, options, saved, homes, models),
        )

    def _add_signals(self, options: SignalsOptions, models: Models | None) -> None:
        homes: dict[str, int] = {}
        self.add_lane(
            "signals",
            SIGNALS,
            (ANOMALIES, SENSOR_HEALTH, FEATURES, SHADOW, DEAD_LETTERS),
            lambda partition, saved: SignalsPartition(SIGNALS, partition, options, saved, homes, models),
        )

    def _add_audio(self, options: AudioOptions, models: Models | None) -> None:
        homes: dict[str, int] = {}
        self.add_lane(
            "audio",
            AUDIO_FRAMES,
            (ANOMALIES, SENSOR_HEALTH, FEATURES, SHADOW, DEAD_LETTERS),
            lambda partition, saved: AudioPartition(AUDIO_FRAMES, partition, options, saved, homes, models),
            slice_bytes=_SOUND_BYTES,
        )

    def models(self) -> list[dict[str, Any]]:
        """Return partition, lane, sensor type, alias, name and version of the trained models in service."""
        return [
            {"partition": partition, **version}
            for lane in self.lanes
            for partition, processor in lane.processors.items()
            if isinstance(processor, ReadingsPartition | SignalsPartition | AudioPartition)
            for version in processor.models.versions()
        ]

    def sensors(self, limit: int, lane: Lane | None = None) -> list[dict[str, Any]]:
        """Return up to `limit` sensors of this worker's part of the table, of one lane where one is named."""
        found: list[dict[str, Any]] = []
        for partition, states in self.table.states.items():
            for key in states:
                if len(found) == limit:
                    return found
                known = sensor_in_lane(key)
                if known is not None and lane in {None, known[0]}:
                    found.append({"sensor_id": known[1], "lane": known[0], "partition": partition})
        return found

    def count_sensors(self) -> dict[str, int]:
        """Return how many sensors this worker's part of the table holds, by lane."""
        counts: dict[str, int] = dict.fromkeys(LANE_KEYS, 0)
        for states in self.table.states.values():
            for key in states:
                known = sensor_in_lane(key)
                if known is not None:
                    counts[known[0]] += 1
        return counts

    def sensor(self, sensor_id: str, lane: Lane | None = None) -> dict[str, Any] | None:
        """Return the state of a sensor as last checkpointed, or None where this worker does not hold it.

        Without a lane it is that of the first where the sensor is known.
        """
        for each, key in LANE_KEYS.items():
            if lane not in {None, each}:
                continue
            for partition, states in self.table.states.items():
                packed = states.read(key(sensor_id))
                if packed is not None:
                    known = {"sensor_id": sensor_id, "lane": each, "partition": partition}
                    return {**known, **_DESCRIBE[each](packed)}
        return None
