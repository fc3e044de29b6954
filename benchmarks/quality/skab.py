"""The Skoltech Anomaly Benchmark: episodes on a water-pump rig with eight sensors, which are one asset.

The first 400 rows of a run are the benchmark's own normal stretch: they are learned from, the rest is scored.
Source: Katser, I. and Kozitsin, V. (2020), Skoltech Anomaly Benchmark, doi 10.34740/KAGGLE/DSV/1693952.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.quality.benchmark import Quality
from benchmarks.quality.data_folder import collection, files_of
from benchmarks.quality.partition import Run, run_file
from benchmarks.quality.table import Table, read_table
from models.transition import EPISODE, KINDS
from models.tuning import Tuning
from schemas.errors import BadDataError

LEARN_ROWS = 400
SENSORS = (
    "Accelerometer1RMS",
    "Accelerometer2RMS",
    "Current",
    "Pressure",
    "Temperature",
    "Thermocouple",
    "Voltage",
    "Volume Flow RateRMS",
)
RUNS = ("other", "valve1", "valve2")


@dataclass(slots=True)
class Confusion:
    """Scored rows by what they are and what was said of them."""

    hit: int = 0
    false: int = 0
    missed: int = 0
    quiet: int = 0

    def add(self, truth: Sequence[bool], alarm: Sequence[bool]) -> None:
        """Count rows."""
        for is_fault, alarmed in zip(truth, alarm, strict=True):
            self.hit += is_fault and alarmed
            self.false += alarmed and not is_fault
            self.missed += is_fault and not alarmed
            self.quiet += not is_fault and not alarmed

    def metrics(self) -> dict[str, float]:
        """Return F1, the false alarm rate (share of normal rows) and the missing alarm rate (share of fault rows)."""
        return {
            "f1": round(2 * self.hit / (2 * self.hit + self.false + self.missed), 4),
            "far": round(self.false / (self.false + self.quiet), 4),
            "mar": round(self.missed / (self.hit + self.missed), 4),
        }


def measure(data: Path) -> Quality:
    """Score every run of `skab/`; raises UnavailableError or BadDataError as QualityBenchmark says."""
    folder = collection(data, "skab")
    ours, always, never = Confusion(), Confusion(), Confusion()
    paths = [path for part in RUNS for path in files_of(folder / part, "*.csv.gz")]
    rows = episodes = false_episodes = 0
    for path in paths:
        table = _read(path, [*SENSORS, "anomaly"])
        truth = _labels(path, table.columns.pop("anomaly"))
        found = detect(path.name, table)
        alarm = alarmed(len(truth), found)
        scored = truth[LEARN_ROWS:]
        ours.add(scored, alarm[LEARN_ROWS:])
        always.add(scored, [True] * len(scored))
        never.add(scored, [False] * len(scored))
        rows += len(scored)
        begins = _begins(alarm)
        episodes += len(begins)
        false_episodes += sum(not truth[row] for row in begins)
    if ours.hit + ours.missed == 0 or ours.false + ours.quiet == 0:
        raise BadDataError(f"{folder} holds rows of one label only; restore it.")
    healthy = _read(files_of(folder / "anomaly-free", "*.csv.gz")[0], SENSORS)
    healthy_alarm = alarmed(len(healthy.ts_us), detect("anomaly-free", healthy))
    return Quality(
        metrics=ours.metrics(),
        references={"always-alarm": always.metrics(), "never-alarm": never.metrics()},
        false_alarms=false_episodes,
        files=len(paths),
        configuration={**asdict(Tuning()), "learn_readings": LEARN_ROWS},
        details={
            "alarms": episodes,
            "alarms_per_hour": round(3600.0 * episodes / rows, 2),
            "rows": rows,
            "anomaly_free": {
                "rows": len(healthy_alarm) - LEARN_ROWS,
                "alarms": len(_begins(healthy_alarm)),
                "share_alarmed": round(sum(healthy_alarm) / (len(healthy_alarm) - LEARN_ROWS), 4),
            },
        },
    )


def detect(name: str, table: Table) -> Run:
    """Return what the product says of one run."""
    return run_file(name, "rig", table, Tuning(learn_readings=LEARN_ROWS))


def alarmed(rows: int, found: Run) -> list[bool]:
    """Return for each row whether an episode of the asset is open after it."""
    alarm = [False] * rows
    open_ids: set[str] = set()
    since = 0
    for change in found.changes:
        if change.kind != KINDS[EPISODE]:
            continue
        if open_ids:
            alarm[since : change.row] = [True] * (change.row - since)
        since = change.row
        if change.raised:
            open_ids.add(change.anomaly_id)
        else:
            open_ids.discard(change.anomaly_id)
    if open_ids:
        alarm[since:] = [True] * (rows - since)
    return alarm


def _begins(alarm: Sequence[bool]) -> list[int]:
    return [row for row, now in enumerate(alarm) if now and not (row and alarm[row - 1])]


def _read(path: Path, columns: Sequence[str]) -> Table:
    table = read_table(path, "datetime", columns, delimiter=";")
    if len(table.ts_us) <= LEARN_ROWS:
        raise BadDataError(f"{path} has {len(table.ts_us)} rows, not more than {LEARN_ROWS}; restore the file.")
    return table


def _labels(path: Path, numbers: Sequence[float]) -> list[bool]:
    if set(numbers) - {0.0, 1.0}:
        raise BadDataError(f"{path} has labels other than 0 and 1; restore the file.")
    return [number == 1.0 for number in numbers]
