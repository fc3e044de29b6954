"""Commands find what runs in a data directory, and only as long as it runs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.errors import BadDataError, UnavailableError
from stream_app.running import brokers_of, leave_note, read_note, remove_note
from stream_app.settings import load_settings


def test_a_note_is_found_while_its_process_lives(tmp_path: Path) -> None:
    settings = load_settings({"STREAM_APP_DATA_DIR": str(tmp_path / "data")})
    leave_note(settings.data_dir, "127.0.0.1:1234", ("http://127.0.0.1:6066",))
    assert brokers_of(settings) == "127.0.0.1:1234"
    note = read_note(settings.data_dir)
    assert note is not None
    assert note.workers == ("http://127.0.0.1:6066",)
    remove_note(settings.data_dir)
    assert read_note(settings.data_dir) is None


def test_configured_brokers_win(tmp_path: Path) -> None:
    leave_note(tmp_path, "127.0.0.1:1234")
    settings = load_settings({"STREAM_APP_DATA_DIR": str(tmp_path), "STREAM_APP_BROKERS": "k:9"})
    assert brokers_of(settings) == "k:9"


def test_the_note_of_a_dead_process_counts_for_nothing(tmp_path: Path) -> None:
    script = "import sys; from pathlib import Path; from stream_app.running import leave_note\n"
    script += "leave_note(Path(sys.argv[1]), '127.0.0.1:1')"
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True)
    assert (tmp_path / "running.json").exists()
    assert read_note(tmp_path) is None
    with pytest.raises(UnavailableError, match=r"No Kafka is configured and none runs in .*STREAM_APP_BROKERS"):
        brokers_of(load_settings({"STREAM_APP_DATA_DIR": str(tmp_path)}))


def test_a_process_id_used_again_is_not_taken_for_the_old_one(tmp_path: Path) -> None:
    note = {"brokers": "x:1", "workers": [], "pid": os.getpid(), "started_s": 12345.0}
    (tmp_path / "running.json").write_text(json.dumps(note))
    assert read_note(tmp_path) is None


def test_a_broken_note_is_named(tmp_path: Path) -> None:
    (tmp_path / "running.json").write_text("{}")
    with pytest.raises(BadDataError, match=r"running\.json is not a note"):
        read_note(tmp_path)
