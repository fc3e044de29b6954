"""A training whose disk is full ends as the retraining agent reads it: a service is away, to be tried again."""

import os
import random
import resource
import subprocess
import sys
from pathlib import Path

LARGEST_FILE_BYTES = 100_000


def _fill_up() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE_BYTES, LARGEST_FILE_BYTES))


def test_a_training_without_room_for_its_registry_says_so(tmp_path: Path) -> None:
    rng = random.Random(1)
    rows = [f"{1_767_225_600 + at},a/flow,{rng.gauss(50, 1):.4f}" for at in range(3_000)]
    (tmp_path / "rows.csv").write_text("\n".join(["ts,sensor_id,value", *rows]))
    command = [str(Path(sys.executable).with_name("stream-app")), "train", "mahalanobis", "--json"]
    done = subprocess.run(
        [*command, "--file", str(tmp_path / "rows.csv")],
        env=os.environ | {"STREAM_APP_DATA_DIR": str(tmp_path / "data")},
        preexec_fn=_fill_up,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert (done.returncode, done.stdout) == (4, ""), done.stderr[-3000:]
    assert "check user, password and disk" in done.stderr.splitlines()[-1]
