"""The demo as a user sees it: real Kafka, a real worker, and an injected fault that comes out as an anomaly."""

import json
import os
import subprocess
import sys
from pathlib import Path


def test_an_injected_fault_is_found(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("STREAM_APP_")}
    command = [sys.executable, "-m", "stream_app", "up", "--demo", "--json", "--duration", "20"]
    done = subprocess.run(
        [*command, "--data-dir", str(tmp_path)],
        env={**env, "STREAM_APP_WORKER__PORT": "0", "STREAM_APP_WEB__PORT": "0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    first, *rest = [json.loads(line) for line in done.stdout.splitlines()]
    assert (first["ready"], first["data_dir"]) == (True, str(tmp_path))
    assert first["web"].startswith("http://127.0.0.1:")
    assert len(first["workers"]) == 2  # monitor and learn
    live = [line["live"] for line in rest if "live" in line]
    assert live[-1]["sensors"] == 200
    assert live[-1]["readings_per_s"] > 500
    assert live[-1]["p95_ms"] is not None
    raised = [line for line in rest if line.get("anomaly", {}).get("type") == "AnomalyRaised"]
    assert live[-1]["anomalies"] <= len(raised)
    assert any(line["injected"] for line in raised)
