"""One throughput run: for each message shape a fresh broker, a preloaded topic, and every consumer on it in turn."""

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.child import Child
from benchmarks.machine import commit, machine, versions
from benchmarks.throughput.lanes import LANES
from benchmarks.throughput.measure import Window, as_json, measure, printed_samples, scraped_samples
from benchmarks.throughput.preload import preload
from benchmarks.throughput.rivals import ABOUT_STREAM_APP, FULL, STREAM_APP, Rival
from benchmarks.worker import BenchWorker
from connectors.embedded_kafka.broker import EmbeddedKafka
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from schemas.errors import UsageError
from schemas.topics import Topic

_HEAP_MB = 1024
_NO_RATE = {"units_per_s": None, "cpu_us_per_unit": None, "cores_used": None}


COLUMNS = ("row", "units a message", "units/s", "µs CPU a unit", "cores", "work")


@dataclass(frozen=True, slots=True)
class Plan:
    """`seconds` for each row, over `sensors` sensors, for each number of units a message; which rows of which lane."""

    seconds: float = 10.0
    sensors: int = 2000
    per_message: tuple[int, ...] = (1, 100)
    rows: tuple[str, ...] = (STREAM_APP, "limit", "stock-faust")
    partitions: int = 8
    lane: str = "readings"


def run(plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the document of CONTRACT §6; `say` is told the progress. Raises UnavailableError where a part fails."""
    rows: list[dict[str, Any]] = []
    for per_message in plan.per_message:
        rows += _rows_of_shape(plan, per_message, say)
    return {
        "benchmark": "throughput",
        "lane": plan.lane,
        "unit": LANES[plan.lane].unit,
        "machine": machine(),
        "commit": commit(),
        "versions": versions(),
        "sensors": plan.sensors,
        "seconds": plan.seconds,
        "rows": rows,
        "ratios": ratios(rows, plan.per_message[0]),
        "ratios_by_per_message": {str(k): ratios(rows, k) for k in plan.per_message},
    }


def chosen_rows(named: str | None, peers: bool, lane: str = "readings") -> tuple[str, ...]:
    """Return the rows to measure: those named (comma-separated), else all, the peers only when asked for.

    Raises UsageError on a row that does not exist.
    """
    rivals = LANES[lane].rivals
    known = (STREAM_APP, *rivals)
    if named is None:
        return tuple(row for row in known if row == STREAM_APP or peers or not rivals[row].peer)
    rows = tuple(row.strip() for row in named.split(","))
    for row in rows:
        if row not in known:
            raise UsageError(f"Row {row!r} does not exist; choose from {', '.join(known)}.")
    return rows


def cells(document: Mapping[str, Any]) -> list[tuple[object, ...]]:
    """Return the rows of the document as cells of `COLUMNS`."""
    names = ("name", "per_message", "units_per_s", "cpu_us_per_unit", "cores_used", "work")
    return [tuple(row[name] for name in names) for row in document["rows"]]


def ratios(rows: Sequence[dict[str, Any]], per_message: int) -> dict[str, float]:
    """Return how many times faster stream-app is than each rival at that message shape."""
    rate = {row["name"]: row["units_per_s"] for row in rows if row["per_message"] == per_message}
    ours = rate.pop(STREAM_APP, None)
    return {name: round(ours / theirs, 3) for name, theirs in rate.items() if ours and theirs}


def _rows_of_shape(plan: Plan, per_message: int, say: Callable[[str], None]) -> list[dict[str, Any]]:
    # Detectors cost more once they have learned: what counts is the rate behind that stretch.
    lane = LANES[plan.lane]
    warm_up = plan.sensors * lane.learn_units
    # A faster consumer than expected is measured over a shorter time.
    load = lane.load(warm_up + round(plan.seconds * lane.expected_per_s(per_message)), plan.sensors, per_message)
    window = Window(plan.seconds, load.total, warm_up)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with EmbeddedKafka(folder / "kafka", heap_mb=_HEAP_MB) as broker:
            connection = KafkaConnection(broker.bootstrap)
            create_topics(connection, plan.partitions, 1)
            preload(connection, lane, load, say)
            return [_row(row, lane.rivals, per_message, connection, window, folder, say) for row in plan.rows]


def _row(
    name: str,
    rivals: Mapping[str, Rival],
    per_message: int,
    connection: KafkaConnection,
    window: Window,
    folder: Path,
    say: Callable[[str], None],
) -> dict[str, Any]:
    say(f"measuring {name}, {per_message} a message")
    if name == STREAM_APP:
        row = {"name": name, "work": FULL, "about": ABOUT_STREAM_APP, "per_message": per_message}
        return {**row, **_worker(connection, window, folder)}
    rival = rivals[name]
    row = {"name": name, "work": rival.work, "about": rival.about, "per_message": per_message}
    if rival.package is not None and find_spec(rival.package) is None:
        return {**row, "work": f"not run: {rival.package} is not installed (requirements/peers.txt)", **_NO_RATE}
    return {**row, **_rival(name, rival, connection, window, folder)}


def _worker(connection: KafkaConnection, window: Window, folder: Path) -> dict[str, float]:
    worker = BenchWorker(connection.brokers, folder)
    with worker.child as child:
        return as_json(measure(scraped_samples(child, worker.url), window, fast=True))


def _rival(name: str, rival: Rival, connection: KafkaConnection, window: Window, folder: Path) -> dict[str, float]:
    events = f"bench.{name}.events"
    create_topics(connection, 8, 1, [Topic(events, "asset_id", "events of a rival")])
    argv = [sys.executable, "-m", rival.module, "--brokers", connection.brokers, "--group", f"bench-{name}"]
    with Child([*argv, "--events", events], folder / f"{name}.log", pipe_stdout=True) as child:
        return as_json(measure(printed_samples(child), window, fast=rival.fast))
