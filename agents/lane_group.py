"""The lanes of a role: one Faust agent each, over one table of packed state."""

from typing import Any

from agents.lane import Lane
from agents.open_partitions import NewProcessor
from connectors.kafka.connection import KafkaConnection
from connectors.kafka_lane.app import BatchApp
from connectors.kafka_lane.state_table import StateTable
from connectors.kafka_lane.whole_fetches import take_whole
from schemas.topics import Topic, changelog


class LaneGroup:
    """Agents, the table `table` and checkpoints of a role in `app`."""

    def __init__(
        self,
        app: BatchApp,
        connection: KafkaConnection,
        table: str,
        *,
        partitions: int,
        checkpoint_interval_s: float,
        checkpoint_budget: float,
    ) -> None:
        self.app = app
        # Whole fetches are large already: a few of them fill Faust's recovery buffer.
        self.table: StateTable = app.Table(
            table, partitions=partitions, key_type=bytes, value_type=bytes, recovery_buffer_size=8
        )
        take_whole(self.table.changelog)
        self._connection = connection
        self._checkpoint_interval_s, self._checkpoint_budget = checkpoint_interval_s, checkpoint_budget
        self.internal_topics = [changelog(self.table.changelog)]
        self.lanes: list[Lane] = []

    def add_lane(self, name: str, source: str, outputs: tuple[str, ...], new: NewProcessor, **options: Any) -> Lane:
        """Have the records of `source` processed by what `new` makes."""
        lane = Lane(name, source, outputs, self.app, self.table, self._connection, new, **options)
        self.lanes.append(lane)
        self.app.add_lane(lane)
        topic = self.app.topic(lane.source, key_serializer="raw", value_serializer="raw")
        self.app.agent(topic, name=f"{lane.name}_lane")(lane.run)

        async def checkpoints() -> None:
            await lane.checkpoint_every(self._checkpoint_interval_s, self._checkpoint_budget)

        self.app.task(checkpoints)
        return lane

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
