"""What `up --demo` adds: a simulated fleet with faults, and what it looks like to one who watches."""

import json
import sys
from pathlib import Path
from typing import Any

from stream_app.children import ChildSpec
from stream_app.live_figures import Figures
from stream_app.settings import Settings

SENSORS = 200
RATE_HZ = 10.0
MICROPHONES = 3
"""A fan, a pump and a valve; most of what they learn from is over when the demo begins."""

# Detectors and the drift watch have learned from it when the demo begins: the first fault follows within seconds, the
# other way to run the fleet a minute and a half later.
HISTORY_READINGS = 1_500
SEED = 1
SETTINGS = {
    "STREAM_APP_DRIFT__SLOT_S": "3",
    "STREAM_APP_DRIFT__SEASON_S": "0",
    "STREAM_APP_DRIFT__LEARN_SLOTS": "16",
    "STREAM_APP_QUARANTINE__LOOK_BACK_S": "6",
    "STREAM_APP_RETRAINING__ALGORITHM": "mahalanobis",
    "STREAM_APP_RETRAINING__LEAST_ROWS": "450",
}
"""What lets the learning loop be seen within minutes."""

FIRST_MODEL = "first-model"
"""Name of the child that trains the model which a later one is held against."""


def truth_file(settings: Settings) -> Path:
    """Return where the simulated fleet writes down its faults."""
    return settings.data_dir.absolute() / "demo-faults.jsonl"


def fleet_child(settings: Settings, brokers: str) -> ChildSpec:
    """Return the child that publishes the fleet."""
    command = (
        *(sys.executable, "-m", "stream_app", "simulate", "--scenario", "demo", "--seed", str(SEED)),
        *("--sensors", str(SENSORS), "--rate", str(RATE_HZ), "--history", str(HISTORY_READINGS)),
        *("--microphones", str(MICROPHONES), "--truth", str(truth_file(settings))),
    )
    env = {"STREAM_APP_BROKERS": brokers, "STREAM_APP_DATA_DIR": str(settings.data_dir.absolute())}
    return ChildSpec("fleet", command, env, ends=True)


def first_model_child(settings: Settings, brokers: str) -> ChildSpec:
    """Return the child that trains the first model of one sensor type, on what the fleet's history shows."""
    command = (sys.executable, "-m", "stream_app", "train", "mahalanobis", "--sensor-type", "vibration")
    env = {"STREAM_APP_BROKERS": brokers, "STREAM_APP_DATA_DIR": str(settings.data_dir.absolute())}
    return ChildSpec(FIRST_MODEL, command, env, ends=True)


def live_line(figures: Figures, raised: int, still_open: int) -> str:
    """Return the one line that tells how it goes."""
    p95 = "-" if figures.p95_ms is None else f"{figures.p95_ms:,.0f} ms"
    return (
        f"sensors {figures.sensors:,} | {figures.readings_per_s:,.0f} readings/s | p95 {p95}"
        f" | anomalies {raised:,} ({still_open:,} open)"
    )


def anomaly_line(event: dict[str, Any], fault: str | None) -> str:
    """Return an anomaly event for people, with the injected fault that it met, if any."""
    what = "anomaly raised " if event["type"] == "AnomalyRaised" else "anomaly cleared"
    line = f"{what}  {event['sensor_id']}  {event['kind']}  since {event['start_ts']}"
    if event["type"] == "AnomalyCleared":
        return f"{line} until {event['end_ts']}"
    line += f"  value {_short(event['value'])}  expected {_short(event['expected'])}  grade {_short(event['grade'])}"
    return f"{line}  (injected: {fault})" if fault else line


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


class FewLines:
    """Lets so many lines through between two calls of `rest`, which tells how many more there were."""

    def __init__(self, most: int) -> None:
        self._most, self._seen = most, 0

    def lets_through(self) -> bool:
        """Count a line; return whether it is to be shown."""
        self._seen += 1
        return self._seen <= self._most

    def rest(self) -> int:
        """Return how many lines were not shown since the last call."""
        rest, self._seen = max(self._seen - self._most, 0), 0
        return rest


class Truth:
    """The faults that were injected so far, read as the fleet writes them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self._faults: dict[str, list[dict[str, str]]] = {}

    def fault_met(self, event: dict[str, Any]) -> str | None:
        """Return the fault that the sensor had between the onset and the raising of an anomaly, or None."""
        self._read_on()
        for fault in reversed(self._faults.get(event["sensor_id"], [])):
            if fault["start_ts"] <= event["ts"] and event["start_ts"] <= fault["end_ts"]:
                return fault["fault"]
        return None

    def _read_on(self) -> None:
        if not self._path.exists():
            return
        with self._path.open("rb") as lines:
            lines.seek(self._at)
            for line in lines:
                if not line.endswith(b"\n"):
                    return  # still being written
                self._at += len(line)
                fault = json.loads(line)
                self._faults.setdefault(fault["sensor_id"], []).append(fault)
