"""CSV and Parquet files become readings: shapes, times, missing values, and what is refused."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.files import csv_file
from connectors.files.column_map import ColumnMap
from connectors.files.file_readings import FileReadings
from connectors.files.names import names_of
from connectors.files.open_file import count_units, find_files, read_table
from schemas.errors import BadDataError, UnavailableError, UsageError

JAN_1_US = 1_767_225_600_000_000
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "pump.csv"
        path.write_text(text, "utf-8")
        return path

    return write


def read(path: Path, told: str = "") -> FileReadings:
    chunks = list(read_table(path, names_of([path])[0], ColumnMap.parse(told)))
    return FileReadings(
        chunks[-1].sensors,
        np.concatenate([c.sensor for c in chunks]),
        np.concatenate([c.ts_us for c in chunks]),
        np.concatenate([c.value for c in chunks]),
    )


@pytest.mark.parametrize(
    "first",
    [
        "2026-01-01 00:00:00",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00Z",
        "2026-01-01T01:00:00+01:00",
        "2026-01-01T00:00:00.000000Z",
        "1767225600",
        "1767225600.0",
        "1767225600000",
        "1767225600000000",
        "1767225600000000000",
        "2026-01-01",
    ],
)
def test_times_in_every_form_are_the_same_instant(write: Write, first: str) -> None:
    readings = read(write(f"timestamp,value\n{first},1.5\n"))
    assert readings.ts_us.tolist() == [JAN_1_US]
    assert readings.value.tolist() == [1.5]


def test_one_value_column_is_one_sensor_named_as_the_file(write: Write) -> None:
    sensor = read(write("timestamp,value\n2026-01-01,1\n")).sensors
    assert [s.sensor_id for s in sensor] == ["pump"]
    assert sensor[0].key == "pump"


def test_a_long_file_has_its_sensors_in_order_of_appearance(write: Write) -> None:
    path = write("ts,sensor_id,value,machine,what\n0,b/1,1,b,temp\n1,a/1,2,a,temp\n2,b/1,3,b,temp\n")
    readings = read(path, "asset_id=machine,sensor_type=what")
    assert [(s.sensor_id, s.asset_id, s.sensor_type, s.unit) for s in readings.sensors] == [
        ("b/1", "b", "temp", None),
        ("a/1", "a", "temp", None),
    ]
    assert readings.sensor.tolist() == [0, 1, 0]
    assert readings.value.tolist() == [1, 2, 3]


def test_a_wide_file_is_read_row_by_row(write: Write) -> None:
    readings = read(write("datetime;flow rate;Current;anomaly\n0;1;2;0\n1;3;4;1\n"))
    assert [(s.sensor_id, s.asset_id) for s in readings.sensors] == [
        ("pump/flow rate", "pump"),
        ("pump/Current", "pump"),
    ]
    assert readings.sensor.tolist() == [0, 1, 0, 1]
    assert readings.value.tolist() == [1, 2, 3, 4]
    assert readings.ts_us.tolist() == [0, 0, 1_000_000, 1_000_000]


def test_empty_cells_and_what_is_not_finite_are_missing(write: Write) -> None:
    values = read(write("ts,value\n0,\n1,nan\n2,inf\n3,-inf\n4,null\n5,7\n")).value
    assert np.isnan(values[:5]).all()
    assert values[5] == 7


def test_whole_numbers_may_get_fractions_later(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 64)
    rows = [f"{i},{i}" for i in range(50)] + ["50,50.5"]
    readings = read(write("ts,value\n" + "\n".join(rows) + "\n"))
    assert len(readings) == 51
    assert readings.value[-1] == 50.5


def test_the_cut_into_blocks_does_not_matter(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("ts,a,b\n" + "".join(f"{i},{i / 7},{-i}\n" for i in range(500)))
    whole = read(path)
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 256)
    cut = read(path)
    assert np.array_equal(whole.value, cut.value)
    assert np.array_equal(whole.sensor, cut.sensor)
    assert np.array_equal(whole.ts_us, cut.ts_us)


def test_gzip_and_parquet_hold_the_same_readings(write: Write, tmp_path: Path) -> None:
    plain = write("ts,value\n2026-01-01T00:00:00,1.25\n2026-01-01T00:00:00.5,\n")
    packed = tmp_path / "pump.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    table = pa.table({"ts": pa.array([JAN_1_US, JAN_1_US + 500_000], pa.timestamp("us", "UTC")), "value": [1.25, None]})
    columnar = tmp_path / "pump.parquet"
    pq.write_table(table, columnar)
    for path in (packed, columnar):
        readings = read(path)
        assert readings.sensors[0].sensor_id == "pump"
        assert readings.ts_us.tolist() == [JAN_1_US, JAN_1_US + 500_000]
        assert readings.value[0] == 1.25
        assert np.isnan(readings.value[1])


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "no readable CSV"),
        ("ts,value\n", ""),
        ("ts,value\n0,abc\n", "holds text such as 'abc'"),
        ("ts,value\nyesterday,1\n", "'yesterday', no time"),
        ("ts,value\n0,1\n,2\n", "row 2 has no time"),
        ("ts,value\n0,1\n-5,2\n", "row 2 has the time -5"),
        ("ts,value\n0,1\n1,2,3\n", "no readable CSV"),
        ("a,b\n0,1\n", "--map ts=COL"),
    ],
)
def test_what_is_no_table_of_readings_is_refused_in_a_sentence(write: Write, text: str, word: str) -> None:
    path = write(text)
    if not word:
        assert list(read_table(path, "pump", ColumnMap())) == []
        return
    with pytest.raises(BadDataError, match=word) as raised:
        read(path)
    assert str(path) in str(raised.value)


def test_text_after_numbers_in_a_later_block_is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 64)
    path = write("ts,value\n" + "".join(f"{i},{i}\n" for i in range(50)) + "50,broken\n")
    with pytest.raises(BadDataError, match="broken"):
        read(path)


def test_broken_files_are_refused(tmp_path: Path) -> None:
    whole = gzip.compress(b"ts,value\n" + b"1,2\n" * 100_000)
    for name, content in (
        ("cut.csv.gz", whole[: len(whole) // 2]),
        ("no.csv.gz", b"plain text"),
        ("no.parquet", b"plain text"),
        ("binary.csv", b"ts,value\n\xff\xfe,\x00\n"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(BadDataError, match=name):
            read(path)


def test_files_are_found_in_folders_and_missing_ones_are_named(tmp_path: Path) -> None:
    (tmp_path / "valve1").mkdir()
    (tmp_path / "valve2").mkdir()
    for name in ("valve1/2.csv", "valve1/0.csv.gz", "valve2/2.csv", "valve2/notes.txt"):
        (tmp_path / name).write_bytes(b"")
    files = find_files([tmp_path])
    assert [f.relative_to(tmp_path).as_posix() for f in files] == ["valve1/0.csv.gz", "valve1/2.csv", "valve2/2.csv"]
    assert names_of(files) == ["valve1-0", "valve1-2", "valve2-2"]
    with pytest.raises(UnavailableError, match="does not exist"):
        find_files([tmp_path / "nothing.csv"])
    with pytest.raises(UsageError, match=r"notes\.txt"):
        find_files([tmp_path / "valve2/notes.txt"])


def test_names_are_told_apart_by_their_folder() -> None:
    assert names_of([Path("/x/a/run.csv"), Path("/x/b/run.parquet"), Path("/x/c/other.csv.gz")]) == [
        "a-run",
        "b-run",
        "other",
    ]


def test_counts_are_exact_for_small_files_and_close_for_large(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("ts,a,b\n" + "".join(f"{i},{i},{i}\n" for i in range(1000)))
    assert count_units(path, ColumnMap()) == 2000
    monkeypatch.setattr(csv_file, "SAMPLE_BYTES", 2000)
    estimated = count_units(path, ColumnMap())
    assert estimated is not None
    assert abs(estimated - 2000) < 1000
    assert count_units(write("nothing"), ColumnMap()) is None
