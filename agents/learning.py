"""What the role `learn` does: one Faust agent per step over one table of packed state.

features ─► slots of each asset ─► the drift watch over all of them ─► drift, and anomalies of degrading assets
labels, anomalies, models ─────────────────┘
drift ─► the training log ─► the retraining policy ─► trainings, each in a child process
"""

from agents.drift import DriftPartition
from agents.drift_hearsay import heard_of_anomaly, heard_of_label, heard_of_model
from agents.drift_slots import DriftSlotsPartition
from agents.lane_group import LaneGroup
from agents.passed_on import PassedOnPartition, Read
from agents.retrain import RetrainingPartition, wish
from agents.trainer import Trainer, TrainerOptions
from connectors.kafka.connection import KafkaConnection
from connectors.kafka_lane.app import BatchApp
from models.drift.tuning import DriftTuning
from models.retraining.tuning import RetrainingTuning
from schemas.drift_slot import KEY as DRIFT_KEY
from schemas.topics import (
    ANOMALIES,
    DEAD_LETTERS,
    DRIFT,
    FEATURES,
    LABELS,
    MODELS,
    RETRAINING,
    drift_slots,
    training_log,
)
from schemas.training_log import KEY as TRAINING_KEY

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
        self._pass_on("drift_labels", LABELS, slots.name, DRIFT_KEY, heard_of_label)
        self._pass_on("drift_alarms", ANOMALIES, slots.name, DRIFT_KEY, heard_of_anomaly)
        self._pass_on("drift_models", MODELS, slots.name, DRIFT_KEY, heard_of_model)
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
        self._pass_on("training_wishes", DRIFT, log.name, TRAINING_KEY, wish)
        self.add_lane(
            "retraining",
            log.name,
            (RETRAINING,),
            lambda partition, saved: RetrainingPartition(log.name, partition, tuning, saved),
            by_key=frozenset({RETRAINING}),
        )
        return log.name

    def _pass_on(self, name: str, source: str, target: str, key: bytes, read: Read) -> None:
        self.add_lane(
            name,
            source,
            (target, DEAD_LETTERS),
            lambda partition, saved: PassedOnPartition(target, key, read),
            by_key=frozenset({target}),
        )
