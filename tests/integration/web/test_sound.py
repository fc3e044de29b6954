"""Sound on a real broker: heard live, and read back as picture and clip of an anomaly."""

import io
import json
import os
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from pydantic import SecretStr

from connectors.kafka.connection import KafkaConnection
from connectors.kafka.writer import BulkWriter
from models.simulation.sound.microphone import SimulatedMicrophone
from models.simulation.sound.parts import RATE_HZ
from models.sound.frame_features import frame_features
from models.sound.framing import FRAME_SAMPLES, HOP_SAMPLES
from models.sound.mel import MEL_BANDS
from models.sound.picture import DB
from schemas.times import format_time
from stream_app.web.access import Access
from stream_app.web.app import make_app
from stream_app.web.feeds import Feeds
from stream_app.web.parts import Parts
from stream_app.web.pipeline_watch import PipelineWatch
from stream_app.web.sound.answers import SoundAnswers
from stream_app.web.sound.archive import SoundArchive
from stream_app.web.sound.kept_clips import KeptClips
from stream_app.web.sound.microphones import Microphones
from stream_app.web.store import Store
from tests.conftest import NewTopic
from tests.e2e.sound import START_US, frames
from tests.unit.web.filled import record

LENGTH_S, ONSET_S, RAISED_S = 40, 28, 34
SIZE = RATE_HZ // 2
MICROPHONE = "fan/mic"


@pytest.fixture(scope="module")
def sound() -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return SimulatedMicrophone("fan", 1, faulty=False).next(LENGTH_S * RATE_HZ)[0]


@pytest.fixture
def topic(connection: KafkaConnection, new_topic: NewTopic, sound: np.ndarray[tuple[int], np.dtype[np.int16]]) -> str:
    """A topic with the sound of two microphones, told by headers and in msgpack."""
    name = new_topic(partitions=1)
    quiet = np.zeros(len(sound), np.int16)
    with BulkWriter(connection) as writer:
        told = frames(MICROPHONE, sound, SIZE, "pcm16", "headers")
        for mine, other in zip(told, frames("pump/mic", quiet, SIZE, "flac", "msgpack"), strict=True):
            for value, headers in (mine, other):
                writer.send(name, b"fan", value, headers)
    return name


def _event(topic: str, ident: str = "a/1", lane: str = "audio") -> bytes:
    per_frame = 2  # two microphones
    event = {
        "id": f"{ident}:raised", "type": "AnomalyRaised", "anomaly_id": ident, "kind": "pattern", "lane": lane,
        "asset_id": "fan", "sensor_id": MICROPHONE, "sensor_type": "fan",
        "ts": format_time(START_US + RAISED_S * 1_000_000), "start_ts": format_time(START_US + ONSET_S * 1_000_000),
        "value": 0.1, "expected": 0.05, "score": 5.0, "grade": 0.9, "threshold": 3.0, "p_value": 1e-5,
        "confidence": 0.8, "features": [], "model": {"name": "clips", "version": "1"}, "detectors": {},
        "source": {
            "topic": topic, "partition": 0,
            "first_offset": per_frame * 2 * ONSET_S, "last_offset": per_frame * 2 * RAISED_S - 2,
        },
    }  # fmt: skip
    return json.dumps(event).encode()


@pytest.fixture
def parts(connection: KafkaConnection, topic: str) -> Parts:
    store = Store()
    store.take_anomalies([record(_event(topic)), record(_event(topic, "a/2", "signals"))])
    sound = SoundAnswers(SoundArchive(connection))
    return Parts(store, PipelineWatch(list, store, None), sound=sound)


@pytest.fixture
def client(parts: Parts) -> Iterator[TestClient]:
    with TestClient(make_app(parts)) as opened:
        yield opened


def test_a_picture_is_drawn_of_what_kafka_holds(client: TestClient, parts: Parts) -> None:
    answer = client.get("/api/v1/anomalies/a/1/logmel.png")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(answer.content)).size[0] > 3 * 260
    assert parts.sound.archive is not None
    anomaly = parts.store.anomalies.get("a/1")
    assert anomaly is not None
    assert parts.sound.archive.picture(anomaly) == answer.content, "as bytes for alerts"
    for path, status in (("a/2/logmel.png", 404), ("none/logmel.png", 404), ("a/1/clip.wav", 404)):
        answer = client.get(f"/api/v1/anomalies/{path}")
        assert answer.status_code == status
        assert set(answer.json()) == {"what", "why", "remedy"}


def test_what_was_not_heard_is_missing_and_the_rest_is_in_its_place(
    parts: Parts, sound: np.ndarray[tuple[int], np.dtype[np.int16]]
) -> None:
    anomaly = parts.store.anomalies.get("a/1")
    assert anomaly is not None
    assert anomaly.source is not None
    assert parts.sound.archive is not None
    stretch = parts.sound.archive.stretch(anomaly)
    assert stretch is not None
    begin_s = ONSET_S - 22
    expected = sound[begin_s * RATE_HZ : RAISED_S * RATE_HZ] / np.float32(32_768)
    assert np.array_equal(stretch.samples, expected.astype(np.float32))
    early = anomaly.model_copy(update={"source": anomaly.source.model_copy(update={"last_offset": 9})})
    assert parts.sound.archive.picture(early) is None


def test_clips_are_kept_where_wanted_and_heard_by_who_may(
    connection: KafkaConnection,
    parts: Parts,
    client: TestClient,
    tmp_path: Path,
    sound: np.ndarray[tuple[int], np.dtype[np.int16]],
) -> None:
    assert parts.sound.archive is not None
    folder = tmp_path / "clips"
    kept = KeptClips(folder, parts.sound.archive, parts.store, retention_s=3600.0)
    parts.sound.kept = kept
    parts.access = Access(SecretStr("all that there is"), SecretStr("listen"))
    kept.look()
    [path] = folder.iterdir()
    assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    url = "/api/v1/anomalies/a/1/clip.wav"
    for headers in ({}, {"Authorization": "Bearer no"}):
        assert client.get(url, headers=headers).status_code == 401
    for word in ("all that there is", "listen"):
        answer = client.get(url, headers={"Authorization": f"Bearer {word}"})
        assert answer.status_code == 200
    with wave.open(io.BytesIO(answer.content)) as file:
        assert (file.getframerate(), file.getnchannels()) == (RATE_HZ, 1)
        heard = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(int)
    expected = sound[(ONSET_S - 3) * RATE_HZ : RAISED_S * RATE_HZ].astype(int)
    assert np.abs(heard - expected).max() <= 1
    old_s = time.time() - 3601.0
    os.utime(path, (old_s, old_s))
    kept.look()
    assert list(folder.iterdir()) == []


def test_a_microphone_is_heard_live(connection: KafkaConnection, new_topic: NewTopic) -> None:
    microphones = Microphones()
    feeds = Feeds(connection, Store(), microphones)
    mine = next(feed for feed in feeds.all if feed.with_headers)
    mine.topic = new_topic(partitions=1)
    sound = SimulatedMicrophone("pump", 1, faulty=False).next(6 * RATE_HZ)[0]
    client = TestClient(make_app(Parts(Store(), PipelineWatch(list, Store(), None), microphones=microphones)))
    feeds.start()
    try:
        time.sleep(0.5)
        assert not mine.following, "nobody looks"
        assert client.get(f"/api/v1/microphones/{MICROPHONE}/logmel").status_code == 404
        _until(lambda: mine.following)
        sent = list(frames(MICROPHONE, sound, SIZE, "pcm16", "headers"))
        with BulkWriter(connection) as writer:
            writer.send(mine.topic, b"pump", *sent[0])
        _until(lambda: microphones.get(MICROPHONE) is not None)
        assert client.get(f"/api/v1/microphones/{MICROPHONE}/logmel").json()["columns"] == []
        with BulkWriter(connection) as writer:
            for value, headers in sent[1:]:
                writer.send(mine.topic, b"pump", value, headers)
        heard = sound[SIZE:] / np.float32(32_768)
        begins = np.arange(0, len(heard) - FRAME_SAMPLES + 1, HOP_SAMPLES)
        expected = np.round(frame_features(heard.astype(np.float32), begins)[:, :MEL_BANDS] * DB).astype(int)
        _until(lambda: len(_columns(client, -1)) == len(expected))
        assert _columns(client, -1) == expected.tolist()
        assert _columns(client, 99) == expected[100:].tolist()
        assert _columns(client, len(expected) - 1) == []
        [one] = client.get("/api/v1/microphones").json()["microphones"]
        assert (one["microphone_id"], one["rate_hz"]) == (MICROPHONE, RATE_HZ)
        assert -60.0 < one["level_db"] < -10.0
    finally:
        feeds.stop()


def test_only_what_is_looked_at_is_read(
    connection: KafkaConnection, new_topic: NewTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream_app.web.sound.microphones.LISTED_S", 1.0)
    monkeypatch.setattr("stream_app.web.sound.microphones.LOOKED_AT_S", 2.0)
    microphones = Microphones()
    feeds = Feeds(connection, Store(), microphones)
    mine = next(feed for feed in feeds.all if feed.with_headers)
    mine.topic = new_topic(partitions=2)
    sound = SimulatedMicrophone("pump", 1, faulty=False).next(40 * RATE_HZ)[0]
    sent = [list(frames(f"{name}/mic", sound, RATE_HZ, "pcm16", "headers")) for name in ("left", "right")]

    def send(nth: int) -> None:
        with BulkWriter(connection) as writer:
            for partition, told in enumerate(sent):
                value, headers = told[nth]
                writer.send(mine.topic, b"pump", value, headers, partition=partition)

    client = TestClient(make_app(Parts(Store(), PipelineWatch(list, Store(), None), microphones=microphones)))
    feeds.start()
    try:
        send(0)
        _until(lambda: len(client.get("/api/v1/microphones").json()["microphones"]) == 2)
        _until(lambda: microphones.interest() == frozenset())
        _until(lambda: not mine.following)
        before = {one.microphone_id: one.ts_us for one in microphones.all()}
        send(1)
        time.sleep(0.5)
        assert {one.microphone_id: one.ts_us for one in microphones.all()} == before
        where = "/api/v1/microphones/left/mic/logmel"
        assert client.get(where).json()["rate_hz"] == RATE_HZ
        assert microphones.interest() == frozenset({0})
        send(2)
        _until(lambda: client.get(where).json()["ts"] == format_time(START_US + 2_000_000))
        [left, right] = microphones.all()
        assert right.ts_us == before["right/mic"], "its partition is not read"
        assert left.made > 0
        _until(lambda: not mine.following)
    finally:
        feeds.stop()


def _columns(client: TestClient, after: int) -> list[list[int]]:
    answer = client.get(f"/api/v1/microphones/{MICROPHONE}/logmel", params={"after": after})
    assert answer.status_code == 200
    columns: list[list[int]] = answer.json()["columns"]
    return columns


def _until(holds: Callable[[], bool], within_s: float = 30.0) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
