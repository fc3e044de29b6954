"""The demo as a user sees it: real Kafka, a real worker, and an injected fault that comes out as an anomaly."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any


def shows_all(told: list[dict[str, Any]]) -> bool:
    """Whether the whole fleet is heard and an injected fault was raised."""
    live = [line["live"] for line in told if "live" in line]
    heard = bool(live) and live[-1]["sensors"] == 200 and live[-1]["readings_per_s"] > 500
    return heard and any(line["injected"] for line in told if line.get("anomaly", {}).get("type") == "AnomalyRaised")


def test_an_injected_fault_is_found(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("STREAM_APP_")}
    env |= {"STREAM_APP_WORKER__PORT": "0", "STREAM_APP_WEB__PORT": "0"}
    # It is seen within seconds; the rest of the time is for machines that are busy.
    command = [sys.executable, "-m", "stream_app", "up", "--demo", "--json", "--duration", "120"]
    words, told = tmp_path / "stderr", list[dict[str, Any]]()
    with (
        words.open("w") as stderr,
        subprocess.Popen(
            [*command, "--data-dir", str(tmp_path / "data")], env=env, stdout=subprocess.PIPE, stderr=stderr, text=True
        ) as up,
    ):
        assert up.stdout is not None
        for line in up.stdout:
            told.append(json.loads(line))
            if shows_all(told):
                up.send_signal(signal.SIGINT)
                break
        assert up.wait(60) == 130, words.read_text()[-3000:]

    first, *rest = told
    assert (first["ready"], first["data_dir"]) == (True, str(tmp_path / "data"))
    assert first["web"].startswith("http://127.0.0.1:")
    assert len(first["workers"]) == 2  # monitor and learn
    live = [line["live"] for line in rest if "live" in line]
    assert live[-1]["p95_ms"] is not None
    assert live[-1]["anomalies"] <= sum(line.get("anomaly", {}).get("type") == "AnomalyRaised" for line in rest)
    steps = [line["learning"] for line in rest if "learning" in line]
    assert not [event for event in steps if event.get("suggested_action") == "retrain"], "nothing has changed yet"
