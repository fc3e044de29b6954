"""The row of `bench series`."""

import pytest

from benchmarks.series import row


def test_a_row_tells_cost_and_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row, "LEAST_MEASURED", 2000)
    monkeypatch.setattr(row, "BATCH_RECORDS", 256)
    found = row.measure(20, "light")
    assert int(str(found["units"])) > 0
    assert float(str(found["cpu_us_per_unit"])) > 0.0
    assert 1000 < int(str(found["state_bytes_per_sensor"])) < 10_000_000
