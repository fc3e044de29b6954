"""A real worker on a real broker: faults become anomalies, bad input dead letters, and restarts change nothing."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.readings import ReadingsPartition
from connectors.embedded_kafka.broker import EmbeddedKafka
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from schemas.records import RecordColumns
from schemas.topics import ANOMALIES, DEAD_LETTERS, LATE, READINGS, SIGNALS
from tests.e2e.readings import START_S, events, healthy_then_fault, publish, read
from tests.e2e.worker import Worker, free_port


@pytest.fixture
def brokers(tmp_path: Path) -> Iterator[str]:
    with EmbeddedKafka(tmp_path / "kafka") as kafka:
        create_topics(KafkaConnection(kafka.bootstrap), partitions=4, replication_factor=1)
        yield kafka.bootstrap


def expected_events(brokers: str) -> dict[str, dict[str, object]]:
    """What an independent single pass over the source topic raises, by event id."""
    by_partition: dict[int, list[tuple[int, int, bytes | None, bytes | None]]] = {}
    for partition, offset, key, value, _ in read(brokers, READINGS):
        by_partition.setdefault(partition, []).append((offset, int(time.time() * 1000), key, value))
    found = {}
    for partition, rows in by_partition.items():
        applied = ReadingsPartition(READINGS, partition).apply(RecordColumns.of(READINGS, partition, sorted(rows)))
        for output in applied.outputs:
            if output.topic == ANOMALIES:
                event = json.loads(output.value)
                found[event["id"]] = event
    return found


def test_a_fault_is_raised_and_bad_input_disturbs_nothing(brokers: str, tmp_path: Path) -> None:
    good = list(healthy_then_fault("press-1/temperature", 1000, fault_at=950))
    late = json.dumps({"sensor_id": "press-1/temperature", "ts": START_S - 9999, "value": 1}).encode()
    bad = [b"", b"\xff\xfe", b"{", b'{"sensor_id":"press-1/temperature","ts":1,"value":"x"}', b"[1]", late]
    array = b"[" + good[500] + b',{"sensor_id":7},' + good[501] + b"]"
    messages = [*good[:500], array, *bad, *good[502:]]
    # Faust by itself would take these two from the environment.
    foreign = {"WEB_PORT": str(free_port()), "BROKER_URL": "kafka://127.0.0.1:1"}
    with Worker(brokers, tmp_path, STREAM_APP_KAFKA__PARTITIONS="4", **foreign) as worker:
        worker.wait_ready()
        publish(brokers, READINGS, [("press-1", message) for message in messages])
        publish(brokers, SIGNALS, [("press-1", b"\xc1 no msgpack, no json")])
        worker.wait_metric("pdm_readings_total", 1001)
        worker.wait_metric("pdm_dead_letters_total", 7)
        worker.wait_metric("pdm_sensors", 1)  # the view tells what was checkpointed
        state = worker.get("/sensors/press-1/temperature/")
        listed = worker.get("/sensors/")["sensors"]
        assert worker.stop() == 0, worker.log.read_text()[-3000:]

    raised = [e for e in events(brokers, ANOMALIES) if e["type"] == "AnomalyRaised"]
    assert any(e["kind"] == "episode" and e["sensor_id"] == "press-1/temperature" for e in raised)
    assert {e["asset_id"] for e in raised} == {"press-1"}
    assert {e["id"]: e for e in events(brokers, ANOMALIES)} == expected_events(brokers)
    for _, _, key, value, headers in read(brokers, ANOMALIES):
        assert key == b"press-1"
        assert headers["ce_id"].decode() == json.loads(value)["id"]
        assert headers["ce_specversion"] == b"1.0"
    reasons = Counter(letter["reason"] for letter in events(brokers, DEAD_LETTERS))
    assert reasons["empty"] == 1
    assert reasons["not_utf8"] >= 1
    assert sum(reasons.values()) == 7
    assert [r["sensor_id"] for r in events(brokers, LATE)] == ["press-1/temperature"]
    assert state["sensor_id"] == "press-1/temperature"
    assert [row["sensor_id"] for row in listed] == ["press-1/temperature"]


def test_kill_and_restart_give_what_one_undisturbed_run_gives(brokers: str, tmp_path: Path) -> None:
    sensors = [f"asset-{i}/vibration" for i in range(12)]
    streams = {s: list(healthy_then_fault(s, 1600, fault_at=900 + 20 * i)) for i, s in enumerate(sensors)}

    def send(first: int, last: int) -> None:
        publish(brokers, READINGS, [(s.split("/")[0], streams[s][i]) for i in range(first, last) for s in sensors])

    settings = {"STREAM_APP_KAFKA__PARTITIONS": "4", "STREAM_APP_KAFKA__SESSION_TIMEOUT_S": "6"}
    with Worker(brokers, tmp_path, **settings) as worker:
        worker.wait_ready()
        send(0, 1000)
        worker.wait_metric("pdm_readings_total", 5000)
        worker.kill()
    send(1000, 1300)
    with Worker(brokers, tmp_path, **settings) as worker:
        worker.wait_ready()
        worker.wait_metric("pdm_anomalies_total", 5)
        send(1300, 1600)
        worker.wait_metric("pdm_lag_records", 0)
        time.sleep(1)
        worker.kill()
    with Worker(brokers, tmp_path, **settings) as worker:
        worker.wait_ready()
        time.sleep(2)
        assert worker.stop() == 0

    published = events(brokers, ANOMALIES)
    expected = expected_events(brokers)
    assert len(expected) >= len(sensors)
    assert {e["id"]: e for e in published} == expected
    assert len(published) == len(expected), "the topic itself holds repeats"


def test_repartitioning_brings_sensors_of_an_asset_together(brokers: str, tmp_path: Path) -> None:
    """Readings keyed by sensor are re-keyed by asset: one partition, the fault found, nothing repeated by a kill."""
    sensors = [f"press-1/{name}" for name in ("temperature", "pressure", "speed", "torque", "oil")]
    streams = {s: list(healthy_then_fault(s, 1000, fault_at=950)) for s in sensors}

    def send(first: int, last: int) -> None:
        publish(brokers, READINGS, [(s, streams[s][i]) for i in range(first, last) for s in sensors])

    settings = {
        "STREAM_APP_KAFKA__PARTITIONS": "4",
        "STREAM_APP_KAFKA__REPARTITION": "true",
        "STREAM_APP_KAFKA__SESSION_TIMEOUT_S": "6",
    }
    with Worker(brokers, tmp_path, **settings) as worker:
        worker.wait_ready()
        send(0, 600)
        worker.wait_metric("pdm_readings_total", 4000)
        worker.kill()
    with Worker(brokers, tmp_path, **settings) as worker:
        worker.wait_ready()
        send(600, 1000)
        worker.wait_metric("pdm_anomalies_total", 5)
        assert worker.stop() == 0
    assert len({partition for partition, *_ in read(brokers, READINGS)}) > 1
    rekeyed = read(brokers, "pdm-monitor-readings-by-asset")
    assert len(rekeyed) == 5000, "lost or repeated on the way"
    assert len({partition for partition, *_ in rekeyed}) == 1
    assert {key for _, _, key, _, _ in rekeyed} == {b"press-1"}
    assert {e["sensor_id"] for e in events(brokers, ANOMALIES) if e["kind"] == "episode"} == set(sensors)
