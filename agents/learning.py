"""What the role `learn` does: one Faust agent per step over one table of packed state.

features ─► slots of each asset ─► the drift watch over all of them ─► drift, and anomalies of degrading assets
"""

from agents.drift import DriftPartition
from agents.drift_slots import DriftSlotsPartition
from agents.lane_group import LaneGroup
from connectors.kafka.connection import KafkaConnection
from connectors.kafka_lane.app import BatchApp
from models.drift.tuning import DriftTuning
from schemas.topics import ANOMALIES, DEAD_LETTERS, DRIFT, FEATURES, drift_slots

TABLE = "learning"


class Learning(LaneGroup):
    """Agents, table and checkpoints of the role `learn` in `app`."""

    def __init__(
        self,
        app: BatchApp,
        connection: KafkaConnection,
        drift: DriftTuning,
        *,
        group: str,
        partitions: int,
        checkpoint_interval_s: float,
        checkpoint_budget: float,
    ) -> None:
        super().__init__(
            app,
            connection,
            TABLE,
            partitions=partitions,
            checkpoint_interval_s=checkpoint_interval_s,
            checkpoint_budget=checkpoint_budget,
        )
        self._add_drift(drift, group)

    def _add_drift(self, tuning: DriftTuning, group: str) -> None:
        slots = drift_slots(group)
        self.internal_topics.append(slots)
        self.add_lane(
            "drift_slots",
            FEATURES,
            (slots.name, DEAD_LETTERS),
            lambda partition, saved: DriftSlotsPartition(FEATURES, partition, slots.name, tuning.slot_us, saved),
            by_key=frozenset({slots.name}),
        )
        self.add_lane(
            "drift",
            slots.name,
            (DRIFT, ANOMALIES),
            lambda partition, saved: DriftPartition(slots.name, partition, tuning, saved),
            by_key=frozenset({DRIFT, ANOMALIES}),
        )
