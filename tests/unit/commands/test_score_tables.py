"""`score` on tables of many sensors: as columns or as the stream's JSON, by one process or two, the same events."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from agents.outputs import Output
from connectors.files import parquet_file
from connectors.files.column_map import ColumnMap
from connectors.files.file_readings import FileReadings
from connectors.files.open_file import read_table
from schemas.topics import ANOMALIES, DEAD_LETTERS, LATE
from stream_app.cli import run
from stream_app.publishing.messages import TableMessages
from stream_app.scoring.parts import Part
from stream_app.scoring.pipeline import pipeline
from stream_app.scoring.routing import TableRoute, message_parts
from stream_app.scoring.scorer import Scorer
from stream_app.settings import load_settings

SENSORS, TICKS = 24, 500
PARTITIONS = 8


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> pa.Table:
    """Six assets with steps, gaps, repeats and late readings; one reading lies in the year 2200."""
    monkeypatch.setenv("STREAM_APP_DETECTION__LEARN_READINGS", "100")
    random = np.random.default_rng(4)
    values = 50 + random.normal(size=(TICKS, SENSORS))
    values[300:340, ::5] += 40.0
    values[random.random(values.shape) < 0.01] = np.nan
    ts_us = 1_767_225_600_000_000 + 1_000_000 * np.arange(TICKS)[:, None] + np.zeros((1, SENSORS), np.int64)
    ts_us[random.random(values.shape) < 0.01] -= 2_000_000
    ts_us[250, 3] = 7_258_118_400_000_000
    names = [f"asset-{i // 4}/{'tuvw'[i % 4]}" for i in range(SENSORS)]
    kinds = [None if i % 4 == 3 else "tuvw"[i % 4] for i in range(SENSORS)]
    return pa.table(
        {
            "ts": pa.array(ts_us.ravel(), pa.timestamp("us", "UTC")),
            "sensor_id": names * TICKS,
            "sensor_type": pa.array(kinds * TICKS, pa.string()),
            "value": values.ravel(),
        }
    )


def by_partition(scorer: Scorer, parts: list[Part]) -> dict[int, list[Output]]:
    found: dict[int, list[Output]] = {}
    for part in parts:
        found.setdefault(part.partition, []).extend(scorer.score(part))
    return found


def test_columns_lead_to_what_their_messages_lead_to(
    table: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_file, "BATCH_READINGS", 1000)
    pq.write_table(table, tmp_path / "fleet.parquet")
    blocks: list[FileReadings] = list(read_table(tmp_path / "fleet.parquet", "fleet", ColumnMap.parse("")))
    assert len(blocks) > 10
    as_columns, as_messages = pipeline(load_settings()), pipeline(load_settings())
    table_route, messages = TableRoute(0, PARTITIONS), TableMessages()
    found = by_partition(as_columns, [part for block in blocks for part in table_route.parts(block)])
    of_messages = [part for block in blocks for part in message_parts(messages.of(block), PARTITIONS)]
    expected = by_partition(as_messages, of_messages)
    topics = {output.topic for outputs in found.values() for output in outputs}
    assert topics >= {ANOMALIES, LATE, DEAD_LETTERS}
    assert {n: [o for o in of if o.topic != DEAD_LETTERS] for n, of in found.items()} == {
        n: [o for o in of if o.topic != DEAD_LETTERS] for n, of in expected.items()
    }
    assert as_columns.counts == as_messages.counts
    assert as_columns.refused == as_messages.refused == {"future_time": 1}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_two_processes_write_the_lines_of_one(table: pa.Table, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"fleet.{ending}"
    (pa_csv.write_csv if ending == "csv" else pq.write_table)(table, path)
    for count in (1, 2):
        assert run(["score", str(path), "--processes", str(count), "--out", str(tmp_path / f"{count}.jsonl")]) == 0
    lines = (tmp_path / "1.jsonl").read_bytes()
    assert lines.count(b"\n") >= 8
    assert (tmp_path / "2.jsonl").read_bytes() == lines


def test_what_a_process_meets_is_told(table: pa.Table, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cut.parquet"
    pq.write_table(table, path)
    path.write_bytes(path.read_bytes()[:-100])
    assert run(["score", str(path), "--processes", "2"]) == 5
    assert "cut.parquet" in capsys.readouterr().err


@pytest.mark.parametrize("processes", ["1", "2"])
def test_wrong_settings_end_with_3_in_any_number_of_processes(
    table: pa.Table,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    processes: str,
) -> None:
    pq.write_table(table, tmp_path / "fleet.parquet")
    monkeypatch.setenv("STREAM_APP_ASSETS_FILE", str(tmp_path / "none.toml"))
    assert run(["score", str(tmp_path / "fleet.parquet"), "--processes", processes]) == 3
    assert "none.toml" in capsys.readouterr().err
