"""From readings through the lane's features to drift: the way that the workers go, without Kafka."""

import json
from collections.abc import Iterable

import numpy as np
import pytest

from agents.drift import DriftPartition
from agents.drift_slots import DriftSlotsPartition
from agents.outputs import Applied, Output
from agents.readings import ReadingsPartition
from agents.signals import SignalsPartition
from models.drift.tuning import DriftTuning
from models.simulation.fleet import Fleet
from models.sound.columns import CLIP_COLUMNS
from schemas.anomaly_record import SourceRecord
from schemas.drift import DriftDetected, decode_drift
from schemas.feature_block import encode_feature_block
from schemas.model_names import parse_model_name
from schemas.records import RecordColumns
from schemas.topics import ANOMALIES, AUDIO_FRAMES, DRIFT, FEATURES, READINGS, SIGNALS
from stream_app.publishing.fleet_feed import FleetFeed
from tests.property.agents.waveforms import block

START_US = 1_767_225_600_000_000
DAY_S = 86_400
QUICK = DriftTuning(slot_s=5.0, season_s=0.0, learn_slots=16, look_back_s=20.0)


class Watch:
    """One partition of a lane, of readings unless told, and both steps of the drift watch behind it."""

    def __init__(self, tuning: DriftTuning, lane: "ReadingsPartition | SignalsPartition | Clips | None" = None) -> None:
        self._lane = lane or ReadingsPartition(READINGS, 0)
        self._slots = DriftSlotsPartition(FEATURES, 0, "slots", tuning.slot_us)
        self.step = DriftPartition("slots", 0, tuning)
        self._offsets = [0, 0, 0]
        self.drift: list[DriftDetected] = []
        self.anomalies: list[dict[str, object]] = []

    def take(self, messages: Iterable[tuple[bytes, bytes]]) -> None:
        features = self._lane.apply(self._records(0, READINGS, messages)).outputs
        rows = [(output.key or b"", output.value) for output in features if output.topic == FEATURES]
        slots = self._slots.apply(self._records(1, FEATURES, rows)).outputs
        found = self.step.apply(self._records(2, "slots", [(o.key or b"", o.value) for o in slots])).outputs
        self.drift += [decode_drift(output.value) for output in found if output.topic == DRIFT]
        self.anomalies += [json.loads(output.value) for output in found if output.topic == ANOMALIES]

    def _records(self, step: int, topic: str, messages: Iterable[tuple[bytes, bytes]]) -> RecordColumns:
        rows = [(self._offsets[step] + n, 4_000_000_000_000, key, value) for n, (key, value) in enumerate(messages)]
        self._offsets[step] += len(rows)
        return RecordColumns.of(topic, 0, rows)


def simulated(scenario: str) -> Watch:
    watch, sent = Watch(QUICK), list[tuple[bytes, bytes]]()
    fleet = Fleet(40, 10.0, scenario, 1, start_us=START_US, total_readings=6_000)
    feed = FleetFeed(fleet, lambda key, value: sent.append((key, value)), per_message=16)
    for _ in range(15):
        rows = fleet.next(400)
        for group in range(len(fleet.groups)):
            feed.publish(rows, group)
        watch.take(sent)
        sent.clear()
    return watch


def test_a_simulated_change_of_regime_asks_for_training() -> None:
    found = simulated("regime-change").drift
    assert {event.suggested_action for event in found} == {"retrain"}
    assert "pdm.readings.temperature" in {event.model for event in found}
    changed_s = START_US // 1_000_000 + 300
    for event in found:
        assert abs(np.datetime64(event.changed_at[:-1], "s").astype(int) - changed_s) <= 10, event


def test_a_change_of_all_waveform_sensors_of_a_type_asks_for_training_of_their_model() -> None:
    watch, rng, changed_at = Watch(QUICK, SignalsPartition(SIGNALS, 0)), np.random.default_rng(1), 300
    for k in range(400):
        gain = 1.5 if k >= changed_at else 1.0
        blocks = [block(f"m{i}/v", k, gain * rng.normal(size=128), sensor_type="motor") for i in range(6)]
        watch.take([(b"m", value) for value in blocks])
    assert {(event.model, event.lane, event.cause, event.suggested_action) for event in watch.drift} == {
        ("pdm.signals.motor", "signals", "fleet_shift", "retrain")
    }
    assert parse_model_name("pdm.signals.motor") == ("signals", "motor")


class Clips:
    """Passes feature rows of sound on as the audio lane sends them."""

    def apply(self, records: RecordColumns) -> Applied:
        rows = [records.value(i) or b"" for i in range(len(records))]
        return Applied([Output(FEATURES, None, row, (), (i, 0, 0)) for i, row in enumerate(rows)])


@pytest.mark.parametrize(
    ("columns", "assets", "cause", "action"),
    [
        (("rms_mean", "crossings_mean"), range(6), "fleet_shift", "retrain"),
        (("centroid_hz_mean",), range(1), "asset_degradation", "inspect_asset"),
        (("rms_mean",), range(1), "sensor_fault", "inspect_sensor"),
    ],
)
def test_a_change_of_sound_is_told_with_its_cause(
    columns: tuple[str, ...], assets: range, cause: str, action: str
) -> None:
    watch, rng = Watch(QUICK, Clips()), np.random.default_rng(1)
    places = [CLIP_COLUMNS.index(column) for column in columns]
    for k in range(400):
        messages = []
        for i in range(6):
            values = rng.normal(10.0, 1.0, (2, len(CLIP_COLUMNS))).astype("<f4")
            if k >= 300 and i in assets:
                values[0, places] += 3.0
            end_us = START_US + (k + 1) * 1_000_000
            messages.append((f"fan{i}".encode(), encode_feature_block(
                "audio", CLIP_COLUMNS, asset_id=f"fan{i}", sensor_ids=[f"fan{i}/a", f"fan{i}/b"],
                sensor_types=["fan", "fan"], ts_us=[end_us] * 2, start_ts_us=[end_us - 10_000_000] * 2, flags=[0, 0],
                source=SourceRecord(AUDIO_FRAMES, 0, k, k), values=values.tobytes(),
            )))  # fmt: skip
        watch.take(messages)
    assert {(event.model, event.lane, event.cause, event.suggested_action) for event in watch.drift} == {
        ("pdm.audio.fan", "audio", cause, action)
    }


def test_a_healthy_simulated_fleet_is_silent() -> None:
    watch = simulated("healthy")
    assert watch.drift == []
    assert watch.step.sensors == 40


@pytest.mark.parametrize(
    ("fault", "cause"), [(None, None), ("bearing", "asset_degradation"), ("offset", "sensor_fault")]
)
def test_a_month_of_readings_with_daily_and_weekly_cycles(fault: str | None, cause: str | None) -> None:
    """A reading a minute of two sensors of three assets; the fault begins on the 20th day."""
    days = 30 if fault is None else 22
    watch, rng = Watch(DriftTuning()), np.random.default_rng(0)
    for day in range(days):
        minute = np.arange(1_440)
        weekend = (START_US // (DAY_S * 1_000_000) + day + 3) % 7 >= 5
        load = np.sin(2 * np.pi * minute / 1_440) * (0.3 if weekend else 1.0)
        messages = []
        for asset in range(3):
            vibration = 2.0 + 0.2 * load + rng.normal(0, 0.1 + 0.02 * load, 1_440)
            temperature = 60.0 + 4.0 * load + rng.normal(0, 0.3, 1_440)
            if fault == "bearing" and asset == 1 and day >= 20:
                vibration[rng.random(1_440) < 0.1] += 0.6
            if fault == "offset" and asset == 1 and day >= 20:
                temperature += 8.0
            ts_s = START_US // 1_000_000 + day * DAY_S + 60 * minute
            for begin in range(0, 1_440, 16):
                readings = [
                    {"sensor_id": f"a{asset}/{name}", "sensor_type": name, "ts": int(ts_s[n]), "value": float(x[n])}
                    for n in range(begin, begin + 16)
                    for name, x in (("vibration", vibration), ("temperature", temperature))
                ]
                messages.append((begin, asset, json.dumps(readings).encode()))
        watch.take((f"a{asset}".encode(), message) for _, asset, message in sorted(messages))
    told = [(event.cause, event.assets) for event in watch.drift]
    assert told == ([] if cause is None else [(cause, ["a1"])])
    raised = [anomaly for anomaly in watch.anomalies if anomaly["type"] == "AnomalyRaised"]
    assert len(raised) == (cause == "asset_degradation")
    for anomaly in raised:
        assert (anomaly["asset_id"], anomaly["sensor_id"], anomaly["kind"]) == ("a1", "a1/vibration", "pattern")
