"""What one sees of a demo."""

import json
from pathlib import Path
from typing import Any

from connectors.kafka.connection import KafkaConnection
from stream_app.anomaly_feed import AnomalyFeed
from stream_app.demo import Truth, anomaly_line, live_line
from stream_app.live_figures import Figures


def event(kind: str, anomaly: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "anomaly_id": anomaly, **more}


def test_anomalies_are_counted_once_and_in_pairs() -> None:
    seen: list[dict[str, Any]] = []
    feed = AnomalyFeed(KafkaConnection("k:1"), seen.append)
    for one in (
        event("AnomalyRaised", "a"),
        event("AnomalyRaised", "a"),
        event("AnomalyRaised", "b"),
        event("AnomalyCleared", "a"),
        event("AnomalyCleared", "a"),
        event("AnomalyCleared", "of before"),
    ):
        feed.apply(one)
    assert (feed.raised, feed.open, len(seen)) == (2, 1, 3)


def test_the_fault_behind_an_anomaly_is_named(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    truth = Truth(path)
    raised = {
        "type": "AnomalyRaised",
        "sensor_id": "pump-1/flow",
        "kind": "episode",
        "start_ts": "2026-01-01T00:00:10.000000Z",
        "ts": "2026-01-01T00:00:20.000000Z",
        "value": 81.234,
        "expected": None,
        "grade": 0.7,
    }
    assert truth.fault_met(raised) is None
    line = {"sensor_id": "pump-1/flow", "fault": "step", "start_ts": "2026-01-01T00:00:12.000000Z"}
    with path.open("w") as file:
        file.write(json.dumps({**line, "end_ts": "2026-01-01T00:01:00.000000Z"})[:20])
        file.flush()
        assert truth.fault_met(raised) is None
        file.write(json.dumps({**line, "end_ts": "2026-01-01T00:01:00.000000Z"})[20:] + "\n")
    assert truth.fault_met(raised) == "step"
    assert truth.fault_met({**raised, "sensor_id": "pump-2/flow"}) is None
    assert truth.fault_met({**raised, "start_ts": "2026-01-01T00:01:01.000000Z", "ts": "2026-01-01T00:02:00Z"}) is None
    assert anomaly_line(raised, "step") == (
        "anomaly raised   pump-1/flow  episode  since 2026-01-01T00:00:10.000000Z"
        "  value 81.23  expected -  grade 0.7  (injected: step)"
    )


def test_the_live_line() -> None:
    assert live_line(Figures(200, 1999.6, 12.4, 1), 3, 1) == (
        "sensors 200 | 2,000 readings/s | p95 12 ms | anomalies 3 (1 open)"
    )
    assert "p95 -" in live_line(Figures(0, 0.0, None, 0), 0, 0)
