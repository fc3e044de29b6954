"""The electricity benchmark looks at nothing ahead, and its detector is what makes the difference."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality import elec2
from schemas.errors import BadDataError, UnavailableError


def _series(rows: int) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(rows, 3))
    turned = (np.arange(rows) // 700) % 2
    return x, ((x[:, 0] > 0) ^ turned.astype(bool)).astype(np.int64)


def test_what_is_said_of_a_prefix_is_the_prefix_of_what_is_said() -> None:
    x, y = _series(2_400)
    whole, refits = elec2.predict(x, y, elec2.TUNING)
    part, _ = elec2.predict(x[:1_900], y[:1_900], elec2.TUNING)
    assert part.tolist() == whole[:900].tolist()
    assert refits > 0
    # The first rows already hold both concepts: left alone, the tree cannot be right.
    alone, none = elec2.predict(x, y, None)
    assert none == 0
    assert (whole == y[1_000:]).mean() > (alone == y[1_000:]).mean() + 0.1


def test_absent_and_broken_data_give_no_number(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="Data not found"):
        elec2.measure(tmp_path)
    (tmp_path / "drift").mkdir()
    with pytest.raises(UnavailableError, match="elec2_data"):
        elec2.measure(tmp_path)
    (tmp_path / "drift" / "elec2_data.dat.gz").write_bytes(gzip.compress(b"1 2\n3 nan\n"))
    with pytest.raises(BadDataError, match="finite"):
        elec2.measure(tmp_path)
    (tmp_path / "drift" / "elec2_data.dat.gz").write_bytes(gzip.compress(b"1 2\n3 4\n"))
    (tmp_path / "drift" / "elec2_label.dat.gz").write_bytes(gzip.compress(b"1\n"))
    with pytest.raises(BadDataError, match="2 rows and 1 labels"):
        elec2.measure(tmp_path)
