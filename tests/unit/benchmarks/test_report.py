"""Results on screen and on disk."""

import json
from pathlib import Path

import pytest

from benchmarks.machine import machine, source_digest, versions
from benchmarks.report import save, table


def test_a_table_is_markdown_with_numbers_to_the_right() -> None:
    text = table(("row", "per second"), [("stream-app", 312345.6), ("quix", None)])
    assert text.splitlines() == [
        "| row        | per second |",
        "|------------|-----------:|",
        "| stream-app |    312,346 |",
        "| quix       |          – |",
    ]


def test_small_numbers_keep_three_places() -> None:
    assert "| 3.14 |" in table(("µs",), [(3.14159,)])


def test_a_result_is_kept_as_json(tmp_path: Path) -> None:
    document = {"benchmark": "throughput", "rows": [1]}
    path = save(document, tmp_path / "results")
    assert path.name.startswith("throughput-")
    assert json.loads(path.read_text()) == document


def test_the_machine_is_described_without_its_name() -> None:
    import platform

    described = machine()
    assert described["cores"] >= 1
    assert described["memory_bytes"] > 2**20
    assert platform.node() == "" or platform.node() not in described["system"]
    assert {"python", "numpy", "faust-streaming"} <= versions().keys()


def test_a_changed_source_file_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.machine.ROOT", tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "one.py").write_text("a = 1")
    before = source_digest()
    assert source_digest() == before
    (tmp_path / "models" / "one.py").write_text("a = 2")
    assert source_digest() != before
