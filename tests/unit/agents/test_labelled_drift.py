"""What operators say against what champions raised: the way that the workers go, without Kafka."""

import json

import pytest

from agents.drift import DriftPartition
from agents.drift_hearsay import heard_of_anomaly, heard_of_label, heard_of_model
from agents.drift_slots import DriftSlotsPartition
from agents.passed_on import PassedOnPartition, Read
from models.drift.labelled_performance import KEPT_ALARMS
from models.drift.tuning import DriftTuning
from schemas.drift import DriftDetected, decode_drift
from schemas.drift_slot import KEY
from schemas.records import RecordColumns
from schemas.topics import ANOMALIES, DEAD_LETTERS, DRIFT, FEATURES, LABELS, MODELS
from tests.e2e.feature_blocks import SLOT_S, blocks
from tests.e2e.readings import START_S
from tests.labelled_faults import at, cleared, label, model, promoted, raised
from tests.property.agents.test_drift_partition import Saved

TUNING = DriftTuning(slot_s=SLOT_S, season_s=0.0, learn_slots=20, look_back_s=60.0)
WRITTEN_MS = (START_S + 86_400) * 1000


class Watch:
    """The steps before the drift watch, and the watch, which starts anew from its saved state before each message."""

    def __init__(self) -> None:
        self._offset = 0
        self._saved = Saved()
        self.drift: list[DriftDetected] = []
        self.letters: list[dict[str, object]] = []
        slots = DriftSlotsPartition(FEATURES, 0, "slots", TUNING.slot_us)
        features = [(n, WRITTEN_MS, key.encode(), value) for n, (key, value) in enumerate(blocks(0, 5, 0.0))]
        self._take([output.value for output in slots.apply(RecordColumns.of(FEATURES, 0, features)).outputs])
        self.hear(MODELS, heard_of_model, promoted("3"))

    def hear(self, topic: str, read: Read, value: bytes) -> None:
        records = RecordColumns.of(topic, 0, [(0, WRITTEN_MS, b"key", value)])
        outputs = PassedOnPartition("slots", KEY, read).apply(records).outputs
        self.letters += [json.loads(output.value) for output in outputs if output.topic == DEAD_LETTERS]
        self._take([output.value for output in outputs if output.topic == "slots"])

    def _take(self, values: list[bytes]) -> None:
        step = DriftPartition("slots", 0, TUNING, self._saved)
        rows = [(self._offset + n, WRITTEN_MS, KEY, value) for n, value in enumerate(values)]
        self._offset += len(rows)
        found = step.apply(RecordColumns.of("slots", 0, rows)).outputs
        self.drift += [decode_drift(output.value) for output in found if output.topic == DRIFT]
        self._saved.update(step.changes())

    def alarm(self, number: int, version: str = "3", sensor: str = "temperature", kind: str = "pattern") -> None:
        for event in (raised, cleared):
            self.hear(ANOMALIES, heard_of_anomaly, event(number, version, sensor, kind))

    def label(self, word: str, number: int, **fields: object) -> None:
        self.hear(LABELS, heard_of_label, label(word, number, **fields))


def test_false_alarms_ask_for_training_once_there_are_labels_enough() -> None:
    watch = Watch()
    for number, word in enumerate(("fault", "fault", "false_alarm", "normal", "false_alarm")):
        assert watch.drift == []
        watch.alarm(number)
        watch.label(word, number)
    (event,) = watch.drift
    assert (event.model, event.cause, event.suggested_action) == (model("temperature"), "performance_loss", "retrain")
    assert (event.sensor_type, event.assets, event.changed_at) == ("temperature", ["pump-1"], at(2))
    assert event.performance is not None
    assert event.performance.model_dump() == {
        "version": "3", "labels": 5, "found": 2, "missed": 0, "false_alarms": 3, "precision": 0.4, "recall": 1.0,
    }  # fmt: skip
    assert "3 of its alarms were false" in event.evidence[0]
    # It is told again by as many labels more, not by each.
    for number in range(5, 10):
        assert len(watch.drift) == 1
        watch.alarm(number)
        watch.label("false_alarm", number)
    assert len({event.id for event in watch.drift}) == 2


def test_missed_faults_count_for_the_models_of_the_sensors() -> None:
    watch = Watch()
    for number in range(5):
        watch.alarm(number, kind="novelty")  # of another detector: the model said nothing
        watch.label("fault", number, sensor_id="pump-1/pressure")
        watch.label("confirmed", number)
    (event,) = watch.drift
    assert event.performance is not None
    assert (event.performance.missed, event.performance.recall, event.performance.precision) == (5, 0.0, None)


def test_a_right_champion_and_another_version_are_left_alone() -> None:
    watch = Watch()
    for number in range(30):
        watch.alarm(number)
        watch.label("true_alarm", number)
        watch.alarm(100 + number, version="2")
        watch.label("false_alarm", 100 + number)  # the version that raised it is gone already
        watch.label("normal", 200 + number)
        watch.label("fault", -2 - number)  # before the version was in service
        watch.label("repaired", number)
        watch.label("fault", number, asset_id="unknown")
    assert watch.drift == []


def test_a_label_that_is_said_twice_or_thought_over_counts_once() -> None:
    watch = Watch()
    for _ in range(20):
        watch.alarm(1)
        watch.label("false_alarm", 1)
    for number in range(2, 5):
        watch.alarm(number)
        watch.label("fault", number)
    watch.label("fault", 1)
    watch.label("quiet, as I think", 5)
    watch.alarm(6)
    watch.label("fault", 6)
    assert watch.drift == []


def test_a_new_champion_begins_anew() -> None:
    watch = Watch()
    for number in range(4):
        watch.alarm(number)
        watch.label("false_alarm", number)
    watch.hear(MODELS, heard_of_model, promoted("4"))
    watch.alarm(4, version="4")
    watch.label("false_alarm", 4)
    assert watch.drift == []


def test_what_was_before_the_remembered_alarms_is_not_judged() -> None:
    watch = Watch()
    for number in range(KEPT_ALARMS + 10):
        watch.alarm(number)
    for number in range(9):
        watch.label("fault", number)
    assert watch.drift == []


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"no json", "wrong_shape"),
        (b'{"label": "fault"}', "wrong_shape"),
        (label("fault", 0, start_ts="yesterday"), "bad_time"),
        (label("fault", 0, end_ts=at(-3)), "bad_time"),
        (label("fault", 48), "future_time"),
        (label("normal", 48), "future_time"),
    ],
)
def test_what_is_no_label_or_from_the_future_is_a_dead_letter(value: bytes, reason: str) -> None:
    watch = Watch()
    watch.hear(LABELS, heard_of_label, value)
    assert [letter["reason"] for letter in watch.letters] == [reason]


def test_what_is_no_anomaly_is_a_dead_letter_and_unknown_model_events_are_none() -> None:
    watch = Watch()
    watch.hear(ANOMALIES, heard_of_anomaly, b"{}")
    watch.hear(MODELS, heard_of_model, b'{"type": "ModelBlessed"}')
    assert [letter["reason"] for letter in watch.letters] == ["wrong_shape"]
