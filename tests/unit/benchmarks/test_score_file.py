"""The file of `bench score` is read as what it says."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.score import fleet_file
from benchmarks.score import run as score_run
from benchmarks.score.fleet_file import START_US, write
from connectors.files.column_map import ColumnMap
from connectors.files.open_file import read_table


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_every_sensor_reads_once_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    monkeypatch.setattr(fleet_file, "TICKS_AT_ONCE", 3)
    write(tmp_path / f"fleet.{ending}", 6, 10)
    blocks = list(read_table(tmp_path / f"fleet.{ending}", "fleet", ColumnMap.parse("")))
    sensor, ts_us = (np.concatenate([getattr(block, name) for block in blocks]) for name in ("sensor", "ts_us"))
    assert [one.sensor_id for one in blocks[-1].sensors][:5:4] == ["pump-00000/temperature", "pump-00001/temperature"]
    assert sensor.tolist() == list(range(6)) * 10
    assert ts_us.tolist() == [START_US + 1_000_000 * tick for tick in range(10) for _ in range(6)]


def test_the_document_has_a_row_for_each_way_and_ratios(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score_run, "FORMATS", ("parquet",))
    document = score_run.run(2000, 8, lambda text: None)
    names = [(row["name"], row["format"]) for row in document["rows"]]
    assert {("read", "parquet"), ("score", "parquet")} == set(names)
    assert all(row["units"] == 2000 and row["units_per_s"] > 0 for row in document["rows"])
    assert len(document["ratios"]) == len(names) - 1
