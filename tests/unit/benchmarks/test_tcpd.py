"""TCPD: the published measures on their published examples, and the benchmark on whole, broken and absent data."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.quality.tcpd import Marked, detect, measure
from benchmarks.quality.tcpd_scoring import covering, f1, matched, segments
from schemas.errors import BadDataError, UnavailableError
from tests.shared_data import shared_data


def test_the_published_examples() -> None:
    """Every example that TCPDBench gives for its own functions."""
    assert matched({1, 10, 20, 23}, {3, 8, 20}) == {1, 10, 20}
    assert matched({1, 10, 20, 23}, {1, 3, 5, 8, 20}) == {1, 10, 20}
    assert matched(set(), {1, 2, 3}) == matched({1, 2, 3}, set()) == set()
    assert f1([[10, 20], [11, 20], [10], [0, 5]], [10, 20]) == 1.0
    assert f1([[], [10], [50]], [10]) == pytest.approx(0.9090909090909091)
    assert f1([[], [10], [50]], []) == pytest.approx(0.8)
    assert segments([3, 5], 8) == [(0, 3), (3, 5), (5, 8)]
    assert segments([0, 4], 6) == [(0, 4), (4, 6)]
    assert covering([[10, 20], [10], [0, 5]], [10, 20], 45) == pytest.approx(0.7962962962962963)
    assert covering([[], [10], [40]], [10], 45) == pytest.approx(0.7954144620811286)
    assert covering([[], [10], [40]], [], 45) == pytest.approx(0.8189300411522634)


def write(folder: Path, series: dict[str, Any], annotations: dict[str, Any]) -> Path:
    """Write a collection of one series; returns the folder of the data."""
    (folder / "tcpd").mkdir()
    (folder / "tcpd" / "annotations.json").write_text(json.dumps(annotations))
    (folder / "tcpd" / "one.json.gz").write_bytes(gzip.compress(json.dumps(series).encode()))
    return folder


def steps(rows: int = 200) -> list[float | None]:
    """Return a series whose level changes in the middle."""
    return [*np.random.default_rng(1).normal(size=rows) + np.where(np.arange(rows) < rows // 2, 0.0, 9.0)]


def series(**changed: Any) -> dict[str, Any]:
    """Return the content of a file."""
    return {"name": "one", "n_obs": 200, "n_dim": 1, "series": [{"raw": steps()}], **changed}


def test_measures_a_collection(tmp_path: Path) -> None:
    """A clear change is found, a missing number is left out, and the lines beside are those of the measures."""
    numbers = steps()
    numbers[30] = None
    quality = measure(write(tmp_path, series(series=[{"raw": numbers}]), {"one": {"6": [100], "7": [101]}}))
    assert quality.metrics["f1"] == 1.0
    assert quality.metrics["cover"] > 0.95
    assert quality.false_alarms == 0
    assert quality.references["never-alarm"] == {"f1": pytest.approx(2 / 3, abs=1e-4), "cover": 0.5}
    assert quality.references["always-alarm"]["f1"] < 0.1
    assert 0 < quality.details["median_delay_rows"] < 40


@pytest.mark.parametrize(
    ("content", "annotations"),
    [
        (series(n_obs=199), {"one": {"6": [100]}}),
        (series(series=[{"raw": ["x"] * 200}]), {"one": {"6": [100]}}),
        (series(series=[{"raw": [None] * 200}]), {"one": {"6": [100]}}),
        (series(), {}),
        (series(), {"one": {}}),
        (series(), {"one": {"6": [200]}}),
    ],
)
def test_refuses_what_is_broken(tmp_path: Path, content: dict[str, Any], annotations: dict[str, Any]) -> None:
    """No number is printed where rows or annotations are not what they must be."""
    with pytest.raises(BadDataError):
        measure(write(tmp_path, content, annotations))


def test_refuses_what_is_absent_or_no_archive(tmp_path: Path) -> None:
    """The error names what is missing."""
    with pytest.raises(UnavailableError, match="tcpd"):
        measure(tmp_path)
    data = write(tmp_path, series(), {"one": {"6": [100]}})
    (data / "tcpd" / "one.json.gz").write_bytes(b"no archive")
    with pytest.raises(BadDataError, match=r"one\.json\.gz"):
        measure(data)


def test_is_causal() -> None:
    """The changes told within the first rows are those of the whole run."""
    values = np.concatenate([steps(), steps()]).astype(float)[:, None]
    whole = detect(Marked("one", 400, values, range(400), [[]]))
    part = detect(Marked("one", 250, values[:250], range(250), [[]]))
    assert len(whole) > len(part) > 0
    assert part == [change for change in whole if change.told < 250]


def test_reaches_its_goal_on_the_shared_series() -> None:
    """F1 and covering of real series, with the constants that users get."""
    quality = measure(shared_data("tcpd").parent)
    assert quality.metrics["f1"] >= 0.78
    assert quality.metrics["cover"] >= 0.74
    assert quality.references["never-alarm"] == {"f1": 0.6956, "cover": 0.608}
