"""The hot path of a worker: one Faust agent per lane over one table of packed state."""

from collections.abc import Iterator
from typing import Any

from agents.lane import Lane, NewProcessor
from agents.options import ReadingsOptions, SignalsOptions
from agents.readings import ReadingsPartition
from agents.repartition import RepartitionPartition
from agents.signals import SignalsPartition
from agents.state_keys import hot_key, sensor_of
from connectors.kafka.connection import KafkaConnection
from connectors.kafka_lane.app import BatchApp
from connectors.kafka_lane.state_table import StateTable
from connectors.kafka_lane.whole_fetches import take_whole
from models.series_view import describe
from schemas.sensor_index import SensorIndex
from schemas.topics import (
    ANOMALIES,
    DEAD_LETTERS,
    FEATURES,
    LATE,
    READINGS,
    SENSOR_HEALTH,
    SIGNALS,
    Topic,
    changelog,
    readings_by_asset,
)

TABLE = "series"


class Monitor:
    """Agents, table and checkpoints of the role `monitor` in `app`."""

    def __init__(
        self,
        app: BatchApp,
        connection: KafkaConnection,
        readings: ReadingsOptions,
        signals: SignalsOptions,
        *,
        partitions: int,
        checkpoint_interval_s: float,
        checkpoint_budget: float,
        repartition: bool = False,
    ) -> None:
        self.app = app
        # Whole fetches are large already: a few of them fill Faust's recovery buffer.
        self.table: StateTable = app.Table(
            TABLE, partitions=partitions, key_type=bytes, value_type=bytes, recovery_buffer_size=8
        )
        take_whole(self.table.changelog)
        self._connection, self._readings, self._signals = connection, readings, signals
        self.internal_topics = [changelog(self.table.changelog)]
        self.lanes = [*self._readings_lanes(repartition), self._signals_lane()]
        for lane in self.lanes:
            app.add_lane(lane)
            self._add_agent(lane)
            app.task(self._checkpoints(lane, checkpoint_interval_s, checkpoint_budget))

    def _lane(self, name: str, source: str, outputs: tuple[str, ...], new: NewProcessor, **options: Any) -> Lane:
        return Lane(name, source, outputs, self.app, self.table, self._connection, new, **options)

    def _readings_lanes(self, repartition: bool) -> Iterator[Lane]:
        options, source = self._readings, READINGS
        if repartition:
            target = readings_by_asset(self.app.conf.id)
            self.internal_topics.append(target)
            yield self._lane(
                "repartition",
                READINGS,
                (target.name, DEAD_LETTERS),
                lambda partition, saved: RepartitionPartition(target.name, options.decoder(SensorIndex())),
                by_key=frozenset({target.name}),
            )
            source = target.name
        homes: dict[str, int] = {}
        yield self._lane(
            "readings",
            source,
            (ANOMALIES, SENSOR_HEALTH, FEATURES, LATE, DEAD_LETTERS),
            lambda partition, saved: ReadingsPartition(source, partition, options, saved, homes),
        )

    def _signals_lane(self) -> Lane:
        options = self._signals
        homes: dict[str, int] = {}
        return self._lane(
            "signals",
            SIGNALS,
            (ANOMALIES, FEATURES, DEAD_LETTERS),
            lambda partition, saved: SignalsPartition(SIGNALS, partition, options, saved, homes),
        )

    def _add_agent(self, lane: Lane) -> None:
        topic = self.app.topic(lane.source, key_serializer="raw", value_serializer="raw")
        self.app.agent(topic, name=f"{lane.name}_lane")(lane.run)

    def _checkpoints(self, lane: Lane, interval_s: float, budget: float) -> Any:
        async def checkpoint() -> None:
            await lane.checkpoint_every(interval_s, budget)

        return checkpoint

    @property
    def topics(self) -> list[str | Topic]:
        """Every topic that the lanes read or write."""
        internal = {topic.name for topic in self.internal_topics}
        used = {topic for lane in self.lanes for topic in (lane.source, *lane.outputs)}
        return [*sorted(used - internal), *self.internal_topics]

    @property
    def ready(self) -> bool:
        """Whether state is recovered and source records flow."""
        return bool(self.app.tables.actives_ready and not self.app.rebalancing)

    def partitions(self) -> dict[str, list[int]]:
        """Return the source partitions assigned to this worker, by topic."""
        sources = {lane.source for lane in self.lanes}
        assigned = [tp for tp in self.app.consumer.assignment() if tp.topic in sources]
        return {s: sorted(tp.partition for tp in assigned if tp.topic == s) for s in sorted(sources)}

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
