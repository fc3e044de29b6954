"""What is remembered of anomalies, health, spectra and bands."""

import json
import time

import numpy as np
import pytest

from stream_app.web.anomaly_log import AnomalyLog
from stream_app.web.fleet import fleet
from stream_app.web.spectrum import MOST_LINES, amplitude_spectrum
from stream_app.web.store import Store
from tests.unit.web.filled import anomaly, bands, block, filled, health, reading, record


def test_raised_then_cleared() -> None:
    log = AnomalyLog()
    assert log.take(anomaly("a", "p/x", 1))
    assert not log.take(anomaly("a", "p/x", 1)), "known already"
    assert log.is_open("p", "p/x")
    assert log.take(anomaly("a", "p/x", 1, end=9))
    assert not log.take(anomaly("a", "p/x", 1, end=9))
    assert not log.is_open("p", "p/x")
    assert log.open_by_asset == {}
    assert log.take(anomaly("of before", "p/x", 1, end=9)), "its raising was not heard"
    assert [one.anomaly_id for one in log.recent()] == ["of before", "a"]


def test_changes_are_told_once_each() -> None:
    log = AnomalyLog()
    log.take(anomaly("a", "p/x", 1))
    seen = log.version
    log.take(anomaly("b", "p/x", 2))
    log.take(anomaly("a", "p/x", 1, end=3))
    log.take(anomaly("b", "p/x", 2, end=4))
    assert [(one.anomaly_id, one.end_ts is None) for one in log.changed_since(seen)] == [("a", False), ("b", False)]
    assert log.changed_since(log.version) == []


def test_the_oldest_are_forgotten() -> None:
    log = AnomalyLog(kept=3)
    for i in range(5):
        log.take(anomaly(f"a{i}", "p/x", i))
    assert [one.anomaly_id for one in log.recent()] == ["a4", "a3", "a2"]
    assert set(log.open_by_asset["p"]) == {"a2", "a3", "a4"}


@pytest.mark.parametrize("message", [b"", b"{", b"[]", b"{}", b'{"type":"AnomalyRaised"}', b"\xff"])
def test_what_is_no_event_changes_nothing(message: bytes) -> None:
    store = Store()
    assert store.take_anomalies([record(message)]) == 0
    assert store.take_health([record(message)]) == 0
    assert store.take_features([record(message)]) == 0
    assert store.take_signals([record(message)]) == 0
    assert store.take_readings([record(message)]) == 0


def test_tiles_go_from_worst_to_best() -> None:
    store = Store()
    for asset in ("a", "b", "c", "d", "e", "f"):
        store.take_readings([record(reading(f"{asset}/x", i)) for i in range(20)])
    store.take_anomalies([record(anomaly("1", "e/x", 5, grade=0.6)), record(anomaly("2", "d/x", 5, grade=0.95))])
    store.take_anomalies([record(anomaly("3", "f/x", 5, grade=0.7))])
    store.take_health([record(health("c/x", "stuck"))])
    store.sensors.heard_s[store.sensors.find("b/x")] = time.monotonic() - 60
    tiles = fleet(store, "", 10).assets
    assert [(tile.asset_id, tile.state) for tile in tiles] == [
        ("d", "act"),
        ("f", "attention"),
        ("e", "attention"),
        ("c", "sensor"),
        ("b", "silent"),
        ("a", "normal"),
    ]
    store.take_health([record(health("c/x", "ok"))])
    assert fleet(store, "", 10).counts["sensor"] == 0


def test_a_name_from_elsewhere_is_no_sensor_yet() -> None:
    store = Store()
    store.take_features([record(bands("p/x"))])
    assert store.sensors.find("p/x") is None
    assert fleet(store, "", 10).total == 0
    store.take_readings([record(reading("p/x", 0))])
    assert fleet(store, "", 10).total == 1
    row = store.sensors.find("p/x")
    assert row is not None
    assert store.bands.read(row).values[-1].tolist() == [10.0, 8.0, 12.0]


def test_faults_do_not_enter_the_healthy_spectrum() -> None:
    store = Store()
    store.take_signals([record(block("fan-2/vibration", 50.0))] * 5)
    store.take_anomalies([record(anomaly("a", "fan-2/vibration", 1))])
    store.take_signals([record(block("fan-2/vibration", 200.0, 9.0))] * 5)
    found = store.spectra.get("fan-2/vibration")
    assert found is not None
    assert found.healthy is not None
    assert found.healthy_blocks == 5
    at = found.now.frequency_hz
    assert at[np.argmax(found.now.amplitude)] == pytest.approx(200.0, abs=2)
    assert at[np.argmax(found.healthy)] == pytest.approx(50.0, abs=2)
    store.take_signals([record(block("fan-2/vibration", 50.0, n=512))])
    found = store.spectra.get("fan-2/vibration")
    assert found is not None
    assert found.healthy is None, "blocks of another length have other lines"


@pytest.mark.parametrize("n", [8, 100, 1024, 5000, 65_536])
def test_a_sine_shows_its_amplitude(n: int) -> None:
    hz = 1000.0 * round(0.2 * n) / n
    samples = 3.0 * np.sin(2 * np.pi * hz * np.arange(n) / 1000.0) + 100
    spectrum = amplitude_spectrum(samples, 1000.0)
    assert len(spectrum.amplitude) == len(spectrum.frequency_hz) <= MOST_LINES
    assert spectrum.amplitude.max() == pytest.approx(3.0, rel=0.05)
    assert spectrum.frequency_hz[np.argmax(spectrum.amplitude)] == pytest.approx(hz, abs=1000.0 / min(n, 1000))


def test_gaps_of_a_sensor_are_null() -> None:
    store = Store()
    missing = json.dumps({"sensor_id": "p/x", "ts": 1_700_000_000, "value": None}).encode()
    store.take_readings([record(missing)])
    row = store.sensors.find("p/x")
    assert row is not None
    assert np.isnan(store.sensors.rings.read(row).values).all()
    assert filled().sensors.find("p/x") is None
