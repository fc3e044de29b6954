"""The benchmarks run the product itself, look at nothing ahead, and refuse broken data."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks.quality import nab, run, skab
from benchmarks.quality.benchmark import Quality
from benchmarks.quality.partition import Change, Run, run_file
from benchmarks.quality.registry import QUALITY_BENCHMARKS
from benchmarks.quality.table import Table, read_table
from models.tuning import Tuning
from schemas.errors import BadDataError, UnavailableError, UsageError
from tests.shared_data import shared_data


def _table(rows: int, sensors: int, seed: int = 0) -> Table:
    value = np.random.default_rng(seed).normal(size=(sensors, rows))
    value[:, 600:650] += 9.0
    return Table([row * 1_000_000 for row in range(rows)], {f"s{k}": value[k].tolist() for k in range(sensors)})


def _pack(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_what_is_said_of_a_truncated_file_is_the_beginning_of_what_is_said_of_the_whole() -> None:
    whole, tuning = _table(1000, 2), Tuning(learn_readings=300)
    told = run_file("whole", "a", whole, tuning).changes
    cut = Table(whole.ts_us[:640], {name: column[:640] for name, column in whole.columns.items()})
    assert run_file("cut", "a", cut, tuning).changes == [change for change in told if change.row < 640]
    assert {change.kind for change in told} >= {"novelty", "episode"}
    assert 600 <= run_file("whole", "a", whole, tuning).raised("episode")[0] < 620


def test_a_row_is_alarmed_while_any_episode_is_open() -> None:
    changes = [
        Change(2, "episode", "a", True),
        Change(3, "novelty", "n", True),
        Change(4, "episode", "b", True),
        Change(5, "episode", "a", False),
        Change(7, "episode", "b", False),
        Change(9, "episode", "c", True),
    ]
    assert [int(now) for now in skab.alarmed(11, Run(changes, 0))] == [0, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1]


def test_rows_are_counted_by_truth_and_alarm() -> None:
    confusion = skab.Confusion()
    confusion.add([True, True, True, False, False], [True, True, False, True, False])
    assert confusion.metrics() == {"f1": 0.6667, "far": 0.5, "mar": 0.3333}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("timestamp,other\n2020-01-01 00:00:00,1\n", "no column value, only timestamp, other"),
        ("timestamp,value\n", "no rows"),
        ("timestamp,value\n2020-01-01 00:00:00,nan\n", "nan is no finite number"),
        ("timestamp,value\n2020-01-01 00:00:00\n", "cannot be read"),
        ("timestamp,value\nyesterday,1\n", "yesterday"),
        ("", "no column timestamp"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, text: str, told: str) -> None:
    path = _pack(tmp_path / "x.csv.gz", text)
    with pytest.raises(BadDataError, match=rf"x\.csv\.gz.*{told}"):
        read_table(path, "timestamp", ["value"])


def test_a_file_that_is_not_packed_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_text("timestamp,value\n")
    with pytest.raises(BadDataError, match="cannot be read"):
        read_table(path, "timestamp", ["value"])


def test_absent_data_and_empty_collections_give_no_number(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="Data not found"):
        run.run("nab", tmp_path / "nowhere", print)
    for name in QUALITY_BENCHMARKS:
        folder = "drift" if name == "elec2" else name
        with pytest.raises(UnavailableError, match=f"holds {folder}"):
            run.run(name, tmp_path, print)
    with pytest.raises(UsageError, match="'nob' is unknown; choose one of nab, skab"):
        run.run("nob", tmp_path, print)
    (tmp_path / "skab").mkdir()
    with pytest.raises(BadDataError, match=r"holds no file \*\.csv\.gz"):
        run.run("skab", tmp_path, print)


def test_missing_labels_give_no_number(tmp_path: Path) -> None:
    folder = tmp_path / "nab"
    _pack(folder / "data" / "part" / "x.csv.gz", "timestamp,value\n2020-01-01 00:00:00,1\n")
    matrix = {"CostMatrix": {"tpWeight": 1, "fnWeight": 1, "fpWeight": 0.1}}
    (folder / "profiles.json").write_text(json.dumps(dict.fromkeys(nab.PROFILES.values(), matrix)))
    for windows, told in (
        ("{", "cannot be read"),
        ("{}", "no entry part/x.csv"),
        ('{"part/x.csv": []}', "no labelled window"),
        ('{"part/x.csv": [["2021-01-01 00:00:00", "2021-01-01 00:00:00"]]}', "do not fit its times"),
    ):
        (folder / "combined_windows.json").write_text(windows)
        with pytest.raises(BadDataError, match=told):
            nab.measure(tmp_path)


def test_the_document_and_the_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = Quality({"f1": 0.5}, {"never-alarm": {"f1": 0.0}}, 3, 2, {"raise_z": 2.0}, {"rows": 9})
    monkeypatch.setattr(run, "QUALITY_BENCHMARKS", {"one": lambda: lambda data: found})
    document = run.run("all", tmp_path, lambda text: None)
    (one,) = document["results"]
    assert (document["benchmark"], document["name"]) == ("quality", "all")
    told = {
        "benchmark": "quality",
        "name": "one",
        "metrics": {"f1": 0.5},
        "false_alarms": 3,
        "causal": True,
        "files": 2,
    }
    assert told.items() <= one.items()
    assert one["config_hash"] == run.config_hash({"raise_z": 2.0}) != run.config_hash({"raise_z": 2.1})
    assert run.cells(document) == [("one", "stream-app", "f1 0.5", 3, 2), ("one", "never-alarm", "f1 0", None, None)]


def test_the_command_ends_with_the_exit_code_of_the_error(tmp_path: Path) -> None:
    from stream_app.commands.bench import command
    from stream_app.output import Output

    result = CliRunner().invoke(command, ["quality", "nab", "--data", str(tmp_path)], obj=Output(json=True))
    assert isinstance(result.exception, UnavailableError)
    assert result.exception.exit_code == 4
    assert "{" not in result.stdout


def test_most_rows_of_two_real_runs_are_told_right() -> None:
    confusion = skab.Confusion()
    for name in ("other/7", "valve1/8"):
        table = read_table(shared_data(f"skab/{name}.csv.gz"), "datetime", [*skab.SENSORS, "anomaly"], delimiter=";")
        truth = [label == 1.0 for label in table.columns.pop("anomaly")]
        alarm = skab.alarmed(len(truth), skab.detect(name, table))
        confusion.add(truth[skab.LEARN_ROWS :], alarm[skab.LEARN_ROWS :])
    assert confusion.metrics()["f1"] > 0.8


def test_known_anomalies_of_a_real_series_raise_novelties() -> None:
    name = "artificialWithAnomaly/art_daily_jumpsup.csv"
    table = read_table(shared_data(f"nab/data/{name}.gz"), "timestamp", ["value"])
    windows = json.loads(shared_data("nab/combined_windows.json").read_text())[name]
    ((first, last),) = nab.rows_of(name, windows, table)
    rows = nab.detect(name, table).raised("novelty")
    assert any(first <= row <= last for row in rows)
    assert len(rows) <= 4
