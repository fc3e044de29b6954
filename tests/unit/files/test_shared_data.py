"""Real files, where they are there: NAB is long, SKAB is wide."""

import numpy as np

from connectors.files.column_map import ColumnMap
from connectors.files.names import names_of
from connectors.files.open_file import count_units, find_files, read_table
from tests.shared_data import shared_data


def test_nab_machine_temperature() -> None:
    path = shared_data("nab/data/realKnownCause/machine_temperature_system_failure.csv.gz")
    chunks = list(read_table(path, "machine", ColumnMap()))
    assert sum(map(len, chunks)) == 22_695 == count_units(path, ColumnMap())
    assert [s.sensor_id for s in chunks[-1].sensors] == ["machine"]
    assert chunks[0].ts_us[0] == 1_386_018_900_000_000
    assert chunks[0].value[0] == 73.96732207


def test_every_skab_run_has_eight_sensors_and_a_name_of_its_own() -> None:
    files = find_files([shared_data("skab")])
    names = names_of(files)
    assert len(set(names)) == len(files)
    for path, name in zip(files, names, strict=True):
        chunks = list(read_table(path, name, ColumnMap()))
        assert len(chunks[-1].sensors) == 8
        assert not any("anomaly" in s.sensor_id.split("/")[1] for s in chunks[-1].sensors)
        assert np.isfinite(np.concatenate([c.value for c in chunks])).all()
