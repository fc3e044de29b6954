"""What the role `learn` does: one Faust agent per step over one table of packed state.

features ─► slots of each asset ─► the drift watch over all of them ─► drift, and anomalies of degrading assets
drift ─► the training log ─► the retraining policy ─► trainings, each in a child process
"""

from agents.drift import DriftPartition
from agents.drift_labels import DriftLabelsPartition
from agents.drift_slots import DriftSlotsPartition
from agents.lane_group import LaneGroup
from agents.retrain import RetrainingPartition, TrainingWishesPartition
from agents.trainer import Trainer, TrainerOptions
from connectors.kafka.connection import KafkaConnection
from connectors.kafka_lane.app import BatchApp
from models.drift.tuning import DriftTuning
from models.retraining.tuning import RetrainingTuning
from schemas.topics import ANOMALIES, DEAD_LETTERS, DRIFT, FEATURES, LABELS, RETRAINING, drift_slots, training_log

TABLE = "learning"


class Learning(LaneGroup):
    """Agents, table and checkpoints of the role `learn` in `app`."""

    def __init__(
        self,
        app: BatchApp,
        connection: KafkaConnection,
        drift: DriftTuning,
        retraining: RetrainingTuning,
        trainer: TrainerOptions,
        *,
        name: str,
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
        log = self._add_retraining(retraining, group)
        self.trainer = Trainer(self, log, name, trainer, retraining)

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
            "drift_labels",
            LABELS,
            (slots.name, DEAD_LETTERS),
            lambda partition, saved: DriftLabelsPartition(slots.name),
            by_key=frozenset({slots.name}),
        )
        self.add_lane(
            "drift",
            slots.name,
            (DRIFT, ANOMALIES),
            lambda partition, saved: DriftPartition(slots.name, partition, tuning, saved),
            by_key=frozenset({DRIFT, ANOMALIES}),
        )

    def _add_retraining(self, tuning: RetrainingTuning, group: str) -> str:
        log = training_log(group)
        self.internal_topics.append(log)
        self.add_lane(
            "training_wishes",
            DRIFT,
            (log.name, DEAD_LETTERS),
            lambda partition, saved: TrainingWishesPartition(log.name),
            by_key=frozenset({log.name}),
        )
        self.add_lane(
            "retraining",
            log.name,
            (RETRAINING,),
            lambda partition, saved: RetrainingPartition(log.name, partition, tuning, saved),
            by_key=frozenset({RETRAINING}),
        )
        return log.name
