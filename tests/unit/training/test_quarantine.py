"""What training leaves out around anomalies, and what lets it in again."""

import json

import numpy as np

from schemas.times import format_time
from stream_app.training.quarantine import Quarantines, quarantines

HOUR_US = 3_600_000_000
T0 = 1_767_225_600_000_000


def event(anomaly: str, start_h: float, end_h: float | None = None, **other: object) -> bytes:
    told = {
        "type": "AnomalyRaised" if end_h is None else "AnomalyCleared", "anomaly_id": anomaly, "kind": "episode",
        "asset_id": "a", "sensor_id": "a/x", "start_ts": format_time(T0 + round(start_h * HOUR_US)),
    }  # fmt: skip
    if end_h is not None:
        told["end_ts"] = format_time(T0 + round(end_h * HOUR_US))
    return json.dumps(told | other).encode()


def held(found: Quarantines, asset_id: str = "a") -> list[int]:
    """The hours, of 48, of which rows may not teach."""
    start_us = T0 + np.arange(48) * HOUR_US
    return np.flatnonzero(found.hold(asset_id, start_us, start_us + HOUR_US // 2)).tolist()


def test_an_anomaly_and_the_time_before_it_are_held_until_it_is_cleared() -> None:
    found = quarantines([event("1", 10), event("1", 10, 13)], [], 2 * 3600.0, 1e6)
    assert held(found) == [8, 9, 10, 11, 12, 13]
    assert held(found, "b") == []


def test_an_open_one_ends_by_repair_or_timeout() -> None:
    assert held(quarantines([event("1", 10)], [], 0.0, 4 * 3600.0)) == [10, 11, 12, 13, 14]
    repairs = [("a", T0 + 12 * HOUR_US), ("b", T0 + 11 * HOUR_US), ("a", T0 + 2 * HOUR_US)]
    assert held(quarantines([event("1", 10)], repairs, 0.0, 1e9)) == [10, 11, 12]


def test_novelties_and_what_is_no_event_hold_nothing() -> None:
    assert held(quarantines([event("1", 10, kind="novelty"), b"{}", b"\xff"], [], 0.0, 1e9)) == []
