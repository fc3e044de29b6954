"""Real clips of a fan, frame by frame on a real broker: the fault is found, whatever the frames, whoever is killed."""

from pathlib import Path
from typing import Any

import numpy as np
from confluent_kafka import Producer

from benchmarks.settle import wait_until_committed
from connectors.embedded_kafka.broker import EmbeddedKafka
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from schemas.feature_block import decode_feature_block
from schemas.topics import ANOMALIES, AUDIO_FRAMES, DEAD_LETTERS, FEATURES, SENSOR_HEALTH
from tests.e2e.readings import events, read
from tests.e2e.sound import Message, clip, frames
from tests.e2e.worker import Worker
from tests.shared_data import shared_data

SETTINGS = {
    "STREAM_APP_KAFKA__PARTITIONS": "4",
    "STREAM_APP_KAFKA__SESSION_TIMEOUT_S": "6",
    "STREAM_APP_AUDIO__SPAN_S": "2",
    "STREAM_APP_AUDIO__HOP_S": "0.5",
    "STREAM_APP_AUDIO__LEARN_S": "20",
    "STREAM_APP_AUDIO__CALIBRATE_S": "18",
}


def fan(folder: Path) -> np.ndarray[Any, np.dtype[np.int16]]:
    """40 s of a healthy fan, 20 s of a broken one, and 20 s of the healthy one again."""
    name = "dcase2020_fan_{0}_{1}_id_00_0000000{2}"
    healthy, broken = (
        np.concatenate([clip(folder, name.format(kind, label, number)) for number in (0, 5)])
        for kind, label in (("normal", "normal"), ("anomalous", "anomaly"))
    )
    return np.concatenate([healthy, healthy, broken, healthy])


def publish(brokers: str, messages: list[tuple[str, Message]]) -> None:
    failed: list[Any] = []
    producer = Producer({"bootstrap.servers": brokers, "enable.idempotence": True, "partitioner": "murmur2_random"})
    for key, (value, headers) in messages:
        producer.produce(
            AUDIO_FRAMES, value, key.encode(), headers=headers, on_delivery=lambda e, _: failed.append(e) if e else None
        )
        producer.poll(0)
    assert producer.flush(30) == 0
    assert not failed, failed


def told(event: dict[str, Any]) -> tuple[Any, ...]:
    """What an event says, apart from the names of the microphone and of the messages."""
    return tuple(event[name] for name in ("type", "ts", "start_ts", "score", "value", "features", "detectors"))


def test_frames_of_any_size_and_encoding_and_a_kill_give_the_same(tmp_path: Path) -> None:
    sound = fan(shared_data("audio"))
    microphones = {
        "fan-a/mic": list(frames("fan-a/mic", sound, 1_600, "pcm16", "headers")),
        "fan-b/mic": list(frames("fan-b/mic", sound, 27_311, "flac", "msgpack")),
    }
    by_time = sorted(
        (i / len(messages), name, message)
        for name, messages in microphones.items()
        for i, message in enumerate(messages)
    )
    mixed = [(name.partition("/")[0], message) for _, name, message in by_time]
    third, half = len(mixed) // 3, len(mixed) * 11 // 20
    with EmbeddedKafka(tmp_path / "kafka") as kafka:
        brokers = kafka.bootstrap
        create_topics(KafkaConnection(brokers), partitions=4, replication_factor=1)
        with Worker(brokers, tmp_path, **SETTINGS) as worker:
            worker.wait_ready()
            publish(brokers, mixed[:third])
            worker.wait_metric("pdm_checkpoint_states_total", 2)
            publish(brokers, mixed[third:half])
            worker.wait_metric("pdm_readings_total", 1.05 * 2 * len(sound) * 0.33)
            worker.kill()
        publish(brokers, [("fan-a", (b"fLaC and no more", [("microphone_id", b"fan-a/mic"), ("encoding", b"flac")]))])
        with Worker(brokers, tmp_path, **SETTINGS) as worker:
            worker.wait_ready()
            publish(brokers, mixed[half:])
            worker.wait_metric("pdm_anomalies_total", 2)
            assert wait_until_committed(KafkaConnection(brokers), "pdm-monitor", AUDIO_FRAMES, 30.0, lambda: None)
            listed = worker.get("/sensors/")
            state = worker.get("/sensors/fan-a/mic/")
            assert worker.stop() == 0, worker.log.read_text()[-3000:]
        anomalies = events(brokers, ANOMALIES)
        rows = [decode_feature_block(value) for *_, value, _ in read(brokers, FEATURES)]
        letters = events(brokers, DEAD_LETTERS)
        health = events(brokers, SENSOR_HEALTH)
    of_fan = {name: [e for e in anomalies if e["sensor_id"] == name] for name in microphones}
    assert [e["type"] for e in of_fan["fan-a/mic"]] == ["AnomalyRaised", "AnomalyCleared"]
    assert list(map(told, of_fan["fan-a/mic"])) == list(map(told, of_fan["fan-b/mic"]))
    assert {(e["kind"], e["lane"]) for e in anomalies} == {("pattern", "audio")}
    assert len({e["id"] for e in anomalies}) == 4
    a, b = (
        [(int(row.ts_us[0]), row.values.tobytes(), int(row.flags[0])) for row in rows if row.sensor_ids == [name]]
        for name in microphones
    )
    assert len(a) == 2 * 80 - 3
    assert a == b
    assert [letter["reason"] for letter in letters] == ["missing_field"]
    assert health == []
    assert listed["by_lane"] == {"readings": 0, "signals": 0, "audio": 2}
    assert [(one["sensor_id"], one["lane"]) for one in listed["sensors"]] == [(name, "audio") for name in microphones]
    assert (state["lane"], state["rate_hz"], state["health"], state["open"]) == ("audio", 16_000, "ok", [])
    assert state["is_learned"]
    assert state["clips"] > 20
