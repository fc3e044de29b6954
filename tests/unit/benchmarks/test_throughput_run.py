"""Rows, ratios and the table of a throughput run; the run itself needs a broker."""

from typing import Any

import pytest

from benchmarks.report import table
from benchmarks.throughput.run import COLUMNS, cells, chosen_rows, ratios
from schemas.errors import UsageError


def row(name: str, units_per_s: float | None, per_message: int = 1) -> dict[str, Any]:
    figures = {"units_per_s": units_per_s, "cpu_us_per_unit": 1.0, "cores_used": 1.0}
    return {"name": name, "work": "full", "per_message": per_message, **figures}


def test_peers_are_measured_only_when_asked_for() -> None:
    assert chosen_rows(None, peers=False) == ("stream-app", "limit", "stock-faust")
    assert chosen_rows(None, peers=True) == ("stream-app", "limit", "stock-faust", "quix", "bytewax")
    assert chosen_rows("limit, quix", peers=False) == ("limit", "quix")


def test_an_unknown_row_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="'flink' does not exist; choose from stream-app"):
        chosen_rows("limit,flink", peers=False)


def test_ratios_tell_how_many_times_faster_stream_app_is() -> None:
    rows = [row("stream-app", 300.0), row("limit", 150.0), row("quix", None), row("limit", 1.0, per_message=100)]
    assert ratios(rows, 1) == {"limit": 2.0}
    assert ratios(rows, 100) == {}


def test_a_row_that_was_not_run_is_a_dash() -> None:
    text = table(COLUMNS, cells({"rows": [row("stream-app", 312_000.4), row("quix", None)]}))
    assert "| 312,000 |" in text
    assert "|       – |" in text
