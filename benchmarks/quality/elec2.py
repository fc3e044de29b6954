"""The electricity market of New South Wales: a tree that is trained again whenever its errors show drift.

Each half hour is told before its label is known, then the label is; the first 1,000 are learned from. Labels come in
runs, so repeating the last one is right in 85 % of all cases: that line is printed, and so is the tree left alone.
Source: Harries, M. (1999), Splice-2 comparative evaluation: electricity pricing; Gama et al. (2004), Learning with
drift detection, SBIA.
"""

import gzip
import zlib
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.benchmark import Quality
from benchmarks.quality.data_folder import collection
from models.drift.performance import PerformanceTuning, PerformanceWatch
from schemas.errors import BadDataError, UnavailableError

FIRST = 1_000
REFIT_ROWS = 200
TUNING = PerformanceTuning()
_SEED = 0
# Told at once: what lies behind the next drift is told again by the next tree.
_AHEAD = 300


def measure(data: Path) -> Quality:
    """Run the whole series; raises UnavailableError or BadDataError as QualityBenchmark says."""
    folder = collection(data, "drift")
    rows, labels = _read(folder / "elec2_data.dat.gz"), _read(folder / "elec2_label.dat.gz")[:, 0].astype(np.int64)
    if len(rows) != len(labels) or len(rows) <= FIRST or len(np.unique(labels)) != 2:
        raise BadDataError(
            f"{folder} holds {len(rows)} rows and {len(labels)} labels of {len(np.unique(labels))} kinds; "
            "restore the collection."
        )
    told, refits = predict(rows, labels, TUNING)
    alone, _ = predict(rows, labels, None)
    truth = labels[FIRST:]

    def accuracy(said: NDArray[np.int64]) -> dict[str, float]:
        return {"accuracy": round(float((said == truth).mean()), 4)}

    return Quality(
        metrics=accuracy(told),
        references={
            "no detector": accuracy(alone),
            "last label": accuracy(labels[FIRST - 1 : -1]),
            "always-up": accuracy(np.ones(len(truth), np.int64)),
            "never-up": accuracy(np.zeros(len(truth), np.int64)),
        },
        false_alarms=int(((told == 1) & (truth == 0)).sum()),
        files=2,
        configuration={**asdict(TUNING), "first": FIRST, "refit_rows": REFIT_ROWS, "seed": _SEED},
        details={"refits": refits},
    )


def predict(
    rows: NDArray[np.float64], labels: NDArray[np.int64], tuning: PerformanceTuning | None
) -> tuple[NDArray[np.int64], int]:
    """Return what was said of each row after the first ones, and how often the tree was trained again."""
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(random_state=_SEED).fit(rows[:FIRST], labels[:FIRST])
    watch = None if tuning is None else PerformanceWatch(tuning)
    said = np.empty(len(rows) - FIRST, np.int64)
    at, refits = FIRST, 0
    while at < len(rows):
        for label in tree.predict(rows[at : at + _AHEAD]).tolist():
            said[at - FIRST] = label
            at += 1
            if watch is not None and watch.note(label != labels[at - 1]):
                of_late = slice(max(at - REFIT_ROWS, 0), at)
                tree = DecisionTreeClassifier(random_state=_SEED).fit(rows[of_late], labels[of_late])
                watch.begin()
                refits += 1
                break
    return said, refits


def _read(path: Path) -> NDArray[np.float64]:
    try:
        with gzip.open(path, "rt", encoding="ascii") as lines:
            found = np.loadtxt(lines, ndmin=2)
    except FileNotFoundError:
        raise UnavailableError(
            f"Data not found: {path} is no file; name the folder that holds drift/ by --data."
        ) from None
    except (OSError, EOFError, UnicodeDecodeError, zlib.error, ValueError) as error:
        raise BadDataError(f"{path} cannot be read: {error}; restore the file.") from None
    if not found.size or not np.isfinite(found).all():
        raise BadDataError(f"{path} holds no rows, or other things than finite numbers; restore the file.")
    return found
