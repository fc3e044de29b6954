"""`score`: the events that replay leads to, without Kafka; and the plot."""

import json
import re
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path

import pytest
from aiokafka.partitioner import DefaultPartitioner

from agents.readings import ReadingsPartition
from schemas.records import RecordColumns
from schemas.topics import ANOMALIES
from stream_app.cli import run
from stream_app.scoring.routing import partition_of
from tests.shared_data import shared_data
from tests.unit.commands.conftest import KeptWriter
from tests.unit.commands.series_file import FAULT_FROM, FAULT_TO, START_US, write_series


def iso(tick: int) -> str:
    from schemas.times import format_time

    return format_time(START_US + tick * 10_000_000)


def test_a_fault_comes_out_as_an_anomaly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_series(tmp_path / "motor.csv")
    out = tmp_path / "events.jsonl"
    assert run(["score", str(path), "--out", str(out), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    events = [json.loads(line) for line in out.read_text().splitlines()]
    raised = [event for event in events if event["type"] == "AnomalyRaised"]
    assert summary["readings"] == 2000
    assert summary["anomalies"] == len(raised) > 0
    assert {event["sensor_id"] for event in events} == {"motor"}
    assert any(iso(FAULT_FROM) <= event["ts"] <= iso(FAULT_TO) for event in raised)
    assert run(["score", str(path)]) == 0
    assert capsys.readouterr().out == out.read_text()


def test_events_are_those_of_the_replayed_records(writer: KeptWriter, tmp_path: Path) -> None:
    """The records that `replay` sends, through one partition each and cut differently, give the same bytes."""
    path = write_series(tmp_path / "press.csv", columns=4)
    out = tmp_path / "events.jsonl"
    assert run(["score", str(path), "--out", str(out)]) == 0
    assert run(["replay", str(path), "--speed", "0"]) == 0
    records: dict[int, list[tuple[int, int, bytes | None, bytes | None]]] = defaultdict(list)
    for _, key, value in writer.sent:
        partition = DefaultPartitioner()(key, list(range(8)), list(range(8)))
        records[partition].append((len(records[partition]), 1_800_000_000_000, key, value))
    lines: list[bytes] = []
    for number, rows in sorted(records.items()):
        partition = ReadingsPartition("pdm.readings.v1", number)
        for start in range(0, len(rows), 333):
            columns = RecordColumns.of("pdm.readings.v1", number, rows[start : start + 333])
            lines += [o.value for o in partition.apply(columns).outputs if o.topic == ANOMALIES]
    assert len(lines) >= 8
    assert out.read_bytes().splitlines() == lines


def test_keys_land_where_kafka_puts_them() -> None:
    partitions = list(range(8))
    for key in (b"pump-0001", b"motor", "Öl".encode(), b"x", b""):
        assert partition_of(key, 8) == DefaultPartitioner()(key, partitions, partitions)


class Checked(HTMLParser):
    """Collects what the page would load, and the panels' rectangles."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.spans: list[str] = []
        self.paths: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.loaded += [name for name in ("src", "href", "xlink:href") if name in given]
        if tag == "rect":
            self.spans.append(given["class"] or "")
        if tag == "path":
            self.paths.append(given["d"] or "")


def test_the_plot_needs_nothing_from_outside_and_shows_everything(tmp_path: Path) -> None:
    path = write_series(tmp_path / "a<b>&c.csv", columns=2)
    out, plot = tmp_path / "events.jsonl", tmp_path / "plot.html"
    assert run(["score", str(path), "--out", str(out), "--plot", str(plot)]) == 0
    page = plot.read_text("utf-8")
    checked = Checked()
    checked.feed(page)
    assert not checked.loaded
    assert not re.search(r"https?://|//[a-z]+\.|@import|url\(", page)
    assert "@@" not in page
    assert "<b>&c" not in page.replace("&lt;b&gt;&amp;c", "")
    raised = [line for line in out.read_text().splitlines() if json.loads(line)["type"] == "AnomalyRaised"]
    assert len(checked.spans) == len(raised)
    # Of each sensor its band, its line and its spectrum.
    assert len(checked.paths) == 6
    assert all(path.startswith("M") for path in checked.paths)
    figures = json.loads(re.search(r'id="figures">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]
    assert len(figures) == 2
    assert figures[0]["end"] - figures[0]["start"] == 1999 * 10_000
    assert max(v for v in figures[0]["v"] if v is not None) > 70
    assert any(low is not None for low in figures[0]["l"])


def test_the_plot_does_not_change_the_events(tmp_path: Path) -> None:
    path = write_series(tmp_path / "motor.csv")
    plain, drawn = tmp_path / "plain", tmp_path / "drawn"
    assert run(["score", str(path), "--out", str(plain)]) == 0
    assert run(["score", str(path), "--out", str(drawn), "--plot", str(tmp_path / "p.html")]) == 0
    assert plain.read_bytes() == drawn.read_bytes()


@pytest.mark.parametrize("option", ["--out", "--plot"])
def test_a_place_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    path = write_series(tmp_path / "motor.csv")
    assert run(["score", str(path), option, str(tmp_path / "none" / "x")]) == 4
    assert option in capsys.readouterr().err


def test_known_failures_of_the_machine_temperature_come_out(tmp_path: Path) -> None:
    path = shared_data("nab/data/realKnownCause/machine_temperature_system_failure.csv.gz")
    windows = json.loads(shared_data("nab/combined_windows.json").read_text())
    out = tmp_path / "events.jsonl"
    assert run(["score", str(path), "--out", str(out)]) == 0
    events = [json.loads(line) for line in out.read_text().splitlines()]
    raised = [event["ts"] for event in events if event["type"] == "AnomalyRaised"]
    known = windows["realKnownCause/machine_temperature_system_failure.csv"]
    hit = [any(start.replace(" ", "T") <= ts <= end.replace(" ", "T") for ts in raised) for start, end in known]
    assert sum(hit) >= 3, (hit, raised)
    assert len(raised) <= 20
