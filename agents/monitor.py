"""The hot path of a worker: one Faust agent per lane over one table of packed state."""

from typing import Any

from agents.audio import AudioPartition
from agents.lane_group import LaneGroup
from agents.model_shelf import Models
from agents.options import AudioOptions, ReadingsOptions, SignalsOptions
from agents.readings import ReadingsPartition
from agents.repartition import RepartitionPartition
from agents.signals import SignalsPartition
from agents.state_keys import hot_key, sensor_of
from connectors.kafka.connection import KafkaConnection
from connectors.kafka_lane.app import BatchApp
from models.series_view import describe
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
        self._add_audio(audio)

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

    def _add_audio(self, options: AudioOptions) -> None:
        homes: dict[str, int] = {}
        self.add_lane(
            "audio",
            AUDIO_FRAMES,
            (ANOMALIES, SENSOR_HEALTH, FEATURES, DEAD_LETTERS),
            lambda partition, saved: AudioPartition(AUDIO_FRAMES, partition, options, saved, homes),
            slice_bytes=_SOUND_BYTES,
        )

    def models(self) -> list[dict[str, Any]]:
        """Return partition, lane, sensor type, alias, name and version of the trained models in service."""
        return [
            {"partition": partition, **version}
            for lane in self.lanes
            for partition, processor in lane.processors.items()
            if isinstance(processor, ReadingsPartition | SignalsPartition)
            for version in processor.models.versions()
        ]

    def sensors(self, limit: int) -> list[dict[str, Any]]:
        """Return up to `limit` sensors of this worker's part of the table."""
        found: list[dict[str, Any]] = []
        for partition, states in self.table.states.items():
            for key in states:
                if len(found) == limit:
                    return found
                sensor_id = sensor_of(key)
                if sensor_id is not None:
                    found.append({"sensor_id": sensor_id, "partition": partition})
        return found

    def count_sensors(self) -> int:
        """Return how many sensors this worker's part of the table holds."""
        return sum(sensor_of(key) is not None for states in self.table.states.values() for key in states)

    def sensor(self, sensor_id: str) -> dict[str, Any] | None:
        """Return the state of a sensor as last checkpointed, or None where this worker does not hold it."""
        for partition, states in self.table.states.items():
            packed = states.read(hot_key(sensor_id))
            if packed is not None:
                return {"sensor_id": sensor_id, "partition": partition, **describe(packed)}
        return None
