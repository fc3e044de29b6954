"""Arrow columns as NumPy arrays."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.files.arrow_values import missing_of, values_of
from connectors.files.column_map import ColumnMap
from connectors.files.open_file import read_table

LONG = "ts,sensor_id,value\n1000,a,1.5\n1001,b,\n1002,,2.5\n"


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint64(), pa.float32(), pa.float64()])
@pytest.mark.parametrize(("first", "count"), [(0, 20), (3, 9), (19, 1), (7, 0)])
def test_a_slice_gives_its_own_values_and_gaps(kind: pa.DataType, first: int, count: int) -> None:
    told = [None if at % 3 == 1 else at for at in range(20)]
    column = pa.array(told, kind).slice(first, count)
    missing = missing_of(column)
    found = values_of(column).astype(object)
    if missing is not None:
        found[missing] = None
    assert found.tolist() == told[first : first + count]


def test_a_column_without_gaps_and_one_of_gaps_only() -> None:
    assert missing_of(pa.array([1, 2])) is None
    assert missing_of(pa.nulls(3)).tolist() == [True] * 3  # type: ignore[union-attr]


def test_a_column_of_nothing_has_no_values(tmp_path: Path) -> None:
    pq.write_table(pa.table({"ts": [1000, 1001], "value": pa.nulls(2, pa.float64())}), tmp_path / "a.parquet")
    (readings,) = read_table(tmp_path / "a.parquet", "a", ColumnMap())
    assert np.isnan(readings.value).all()


def test_names_that_come_as_a_dictionary_are_those_that_come_as_texts(tmp_path: Path) -> None:
    names = ["b", None, "a", "b", "c", None]
    # Of other codes than the order in which they occur.
    encoded = pa.DictionaryArray.from_arrays(pa.array([2, None, 1, 2, 0, None], pa.int8()), ["c", "a", "b"])
    found = []
    for which, column in enumerate((pa.array(names), encoded)):
        path = tmp_path / f"{which}.parquet"
        pq.write_table(pa.table({"ts": range(1000, 1006), "sensor_id": column, "value": [1.0] * 6}), path)
        (readings,) = read_table(path, "file", ColumnMap())
        found.append(([one.sensor_id for one in readings.sensors], readings.sensor.tolist()))
    assert found == [(["b", "file", "a", "c"], [0, 1, 2, 0, 3, 1])] * 2


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_reading_a_file_does_not_load_pandas(tmp_path: Path, ending: str) -> None:
    (tmp_path / "a.csv").write_text(LONG)
    pq.write_table(pa.table({"ts": [1000, 1001], "sensor_id": ["a", None], "value": [1, None]}), tmp_path / "a.parquet")
    code = (
        "import sys; from pathlib import Path; from connectors.files.column_map import ColumnMap; "
        "from connectors.files.open_file import read_table; "
        "print(sum(map(len, read_table(Path(sys.argv[1]), 'a', ColumnMap()))), 'pandas' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / f"a.{ending}")], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str({"csv": 3, "parquet": 2}[ending]), "False"]
