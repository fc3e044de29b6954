"""The learning loop on real parts with no hand on it: the world changes, and the model follows; a bad one does not."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.embedded_kafka.broker import EmbeddedKafka
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from schemas.times import parse_time
from schemas.topics import ANOMALIES, DRIFT, MODELS, RETRAINING
from tests.e2e.fleet_of_flows import SENSORS, FleetOfFlows
from tests.e2e.readings import START_S, events
from tests.e2e.worker import Worker

MODEL = "pdm.readings.flow"
PARTITIONS = 2
WITHIN_S = 240.0
SETTINGS = {
    "STREAM_APP_KAFKA__PARTITIONS": str(PARTITIONS),
    "STREAM_APP_DETECTION__LEARN_READINGS": "200",
    "STREAM_APP_WINDOWS__READINGS": "32",
    "STREAM_APP_WINDOWS__HOP": "8",
    "STREAM_APP_DRIFT__SLOT_S": "128",
    "STREAM_APP_DRIFT__SEASON_S": "0",
    "STREAM_APP_DRIFT__LEARN_SLOTS": "16",
    "STREAM_APP_DRIFT__SCHEDULE": "never",
    "STREAM_APP_QUARANTINE__LOOK_BACK_S": "128",
    "STREAM_APP_RETRAINING__ALGORITHM": "mahalanobis",
    "STREAM_APP_RETRAINING__COOLDOWN_S": "0",
    "STREAM_APP_RETRAINING__PER_DAY": "2",
    "STREAM_APP_RETRAINING__LEAST_ROWS": "1",
    "STREAM_APP_PROMOTION__ROWS": "300",
    "STREAM_APP_PROMOTION__WATCH_ROWS": "1000",
}

OLD, NEW, DISTURBED = {"level": 50.0}, {"level": 58.0}, {"level": 70.0, "spread": 3.0}

Event = dict[str, Any]


class Loop:
    """A fleet, the workers that it runs through, and what they tell."""

    def __init__(self, brokers: str, workers: list[Worker]) -> None:
        self.brokers, self.workers = brokers, workers
        self.fleet = FleetOfFlows(brokers)
        self._waited: dict[str, int] = {}
        self._began_s = time.monotonic()

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self._began_s:6.1f} s  {text}", flush=True)

    def run(self, n: int, **state: float) -> None:
        """Publish n more readings of each sensor and wait until all are judged."""
        self.fleet.run(n, **state)
        self.until(lambda: sum(w.metric("pdm_readings_total") for w in self.workers) >= self.fleet.readings, "readings")

    def until(self, wanted: Callable[[], Any], what: str, **state: float) -> Any:
        """Return what `wanted` gives as soon as that is something; with a state, readings go on meanwhile."""
        end = time.monotonic() + WITHIN_S
        while not (found := wanted()):
            assert time.monotonic() < end, (what, *map(self.told, (DRIFT, RETRAINING, MODELS)))
            if state:
                self.run(200, **state)
            time.sleep(0.1)
        return found

    def told(self, topic: str, kind: str | None = None) -> list[Event]:
        """What a topic says of that kind, in order."""
        return [event for event in events(self.brokers, topic) if kind in {None, event["type"]}]

    def event(self, topic: str, kind: str, **state: float) -> Event:
        """Wait for one event of a kind more than were waited for."""
        nth = self._waited[kind] = self._waited.get(kind, 0) + 1
        found: Event = self.until(lambda: self.told(topic, kind)[nth - 1 :], kind, **state)[0]
        return found

    def serves(self, version: str, **state: float) -> None:
        """Wait until every partition of every worker scores with this champion."""

        def wanted() -> bool:
            found = [m for worker in self.workers for m in worker.get("/models/")["models"]]
            champions = [m["version"] for m in found if m["alias"] == "champion"]
            return champions == [version] * PARTITIONS

        self.until(wanted, f"champion {version}", **state)

    def raised(self, first: int, last: int) -> float:
        """Anomalies raised per sensor-hour from reading `first` to `last` (excluded) of each sensor."""
        ends_s = [parse_time(event["ts"]) / 1e6 - START_S for event in self.told(ANOMALIES, "AnomalyRaised")]
        return sum(first <= end_s < last for end_s in ends_s) * 3600 / (last - first) / SENSORS

    def still_open(self) -> int:
        """Anomalies that are not cleared."""
        raised, cleared = (
            {event["anomaly_id"] for event in self.told(ANOMALIES, kind)}
            for kind in ("AnomalyRaised", "AnomalyCleared")
        )
        return len(raised - cleared)


@pytest.fixture
def brokers(tmp_path: Path) -> Iterator[str]:
    with EmbeddedKafka(tmp_path / "kafka") as kafka:
        create_topics(KafkaConnection(kafka.bootstrap), partitions=PARTITIONS, replication_factor=1)
        yield kafka.bootstrap


def command(brokers: str, folder: Path, *arguments: str) -> Any:
    env = {"PATH": os.environ["PATH"], "STREAM_APP_BROKERS": brokers, "STREAM_APP_DATA_DIR": str(folder / "data")}
    words = [str(Path(sys.executable).with_name("stream-app")), *arguments, "--json"]
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def broken(event: Event) -> dict[str, float]:
    return {check["name"]: check["value"] for check in event["checks"] if not check["passed"]}


@pytest.mark.timeout(900)
def test_the_world_changes_and_the_model_follows(brokers: str, tmp_path: Path) -> None:
    with (
        Worker(brokers, tmp_path, name="a", **SETTINGS) as a,
        Worker(brokers, tmp_path, name="b", **SETTINGS) as b,
        Worker(brokers, tmp_path, name="learn", role="learn", **SETTINGS) as learn,
    ):
        for worker in (a, b, learn):
            worker.wait_ready()
        loop = Loop(brokers, [a, b])
        loop.run(12_000)
        loop.say("normal data judged")
        first = command(brokers, tmp_path, "train", "mahalanobis", "--sensor-type", "flow")
        assert (first["version"], first["alias"]) == ("1", "champion")
        loop.serves("1", **OLD)
        loop.run(1000)
        loop.say("champion 1 in service")

        # The fleet is run in another way.
        changed = loop.fleet.at
        drift = loop.event(DRIFT, "DriftDetected", **NEW)
        loop.say(f"{drift['cause']} told {loop.fleet.at - changed} readings later, since {drift['changed_at']}")
        assert (drift["model"], drift["cause"], drift["suggested_action"]) == (MODEL, "fleet_shift", "retrain")
        loop.run(1000, **NEW)
        trained = loop.event(RETRAINING, "RetrainingSucceeded")
        loop.say(f"version {trained['version']} trained on {trained['rows']} rows within {trained['seconds']} s")
        assert trained["version"] == "2"
        decided = loop.event(MODELS, "GateDecided", **NEW)
        loop.say(f"gate: {decided['reason']}; " + ", ".join(f"{c['name']} {c['value']:.3g}" for c in decided["checks"]))
        assert decided["passed"], broken(decided)
        loop.serves("2", **NEW)
        promoted = loop.fleet.at
        loop.say("champion 2 in service")
        loop.run(7000, **NEW)
        rates = [loop.raised(*span) for span in ((8_000, changed), (changed, promoted), (promoted, loop.fleet.at))]
        loop.say("raised per sensor-hour before, until and after: {:.2f} {:.2f} {:.2f}".format(*rates))
        assert loop.raised(changed, changed + 1000) > 3.0
        assert rates[2] < 1.0
        assert loop.still_open() == 0

        # Disturbed for a while, and that is what the next version learns from.
        loop.event(DRIFT, "DriftDetected", **DISTURBED)
        loop.run(1000, **DISTURBED)
        poisoned = loop.event(RETRAINING, "RetrainingSucceeded")
        loop.say(f"version {poisoned['version']} trained on {poisoned['rows']} disturbed rows")
        refused = loop.event(MODELS, "GateDecided", **NEW)
        loop.say(f"gate: {refused['reason']}")
        assert (refused["version"], refused["passed"]) == ("3", False)
        assert broken(refused)["rare_share"] > 0.05

        # Somebody promotes it all the same.
        command(brokers, tmp_path, "models", "promote", MODEL, "3")
        loop.serves("3", **NEW)
        loop.say("champion 3 in service by force")
        back = loop.event(MODELS, "ModelRolledBack", **NEW)
        loop.say(f"rolled back: {back['reason']}")
        assert (back["version"], back["previous_version"], back["mode"]) == ("2", "3", "automatic")
        loop.serves("2", **NEW)
        again = loop.fleet.at
        loop.run(2000, **NEW)
        rate = loop.raised(again, loop.fleet.at)
        loop.say(f"champion 2 in service again, {rate:.2f} raised per sensor-hour, {loop.still_open()} open")
        assert rate < 1.0
        assert loop.still_open() == 0
        assert [event["version"] for event in loop.told(MODELS, "ModelPromoted")] == ["2", "3"]
