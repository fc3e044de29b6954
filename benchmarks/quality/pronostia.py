"""Bearings run to failure: a tenth of a second of acceleration every ten seconds, through the whole signals lane.

The first alarm counts. It is in time ten minutes before the end of the record, and early in the first fifth of life.
Source: Nectoux et al. (2012), PRONOSTIA: an experimental platform for bearings accelerated degradation tests, IEEE PHM.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from agents.options import SignalsOptions
from agents.signals import SignalsPartition
from benchmarks.quality.benchmark import Quality
from benchmarks.quality.data_folder import collection, files_of
from models.blocks.tuning import BlockTuning
from schemas.errors import BadDataError
from schemas.records import RecordColumns
from schemas.topics import ANOMALIES, SIGNALS

RATE_HZ = 25_600.0
EVERY_S = 10
START_S = 1_000_000_000
IN_TIME_S = 600
EARLY_SHARE = 0.2
CLOCK_RECORD = 500
# Bearings run in: half an hour is learned from, of which the second half stays.
TUNING = BlockTuning(learn_s=1_800.0)


@dataclass(frozen=True, slots=True)
class Life:
    """When a bearing ended and when it was first alarmed, in seconds since its first record; None: never."""

    end_s: int
    alarm_s: int | None

    @property
    def lead_s(self) -> int:
        """Time between alarm and end."""
        return 0 if self.alarm_s is None else max(self.end_s - self.alarm_s, 0)

    @property
    def is_early(self) -> bool:
        """Whether the alarm came where nothing can be wrong yet."""
        return self.alarm_s is not None and self.alarm_s < EARLY_SHARE * self.end_s


def measure(data: Path) -> Quality:
    """Run every bearing of `pronostia/`; raises UnavailableError or BadDataError as QualityBenchmark says."""
    paths = files_of(collection(data, "pronostia"), "*.npz")
    bearings = {path.stem: _read(path) for path in paths}
    ours = {name: _life(name, *bearing) for name, bearing in bearings.items()}
    ends = [life.end_s for life in ours.values()]
    clock = [Life(end_s, CLOCK_RECORD * EVERY_S if end_s > CLOCK_RECORD * EVERY_S else None) for end_s in ends]
    return Quality(
        metrics=metrics(list(ours.values())),
        references={
            "clock": metrics(clock),
            "always-alarm": metrics([Life(end_s, 0) for end_s in ends]),
            "never-alarm": metrics([Life(end_s, None) for end_s in ends]),
        },
        false_alarms=sum(life.is_early for life in ours.values()),
        files=len(paths),
        configuration={**asdict(TUNING), "clock_record": CLOCK_RECORD},
        details={
            "bearings": {
                name: {
                    "alarm_share_of_life": None if life.alarm_s is None else round(life.alarm_s / life.end_s, 3),
                    "lead_s": life.lead_s,
                }
                for name, life in ours.items()
            }
        },
    )


def metrics(lives: list[Life]) -> dict[str, float]:
    """Return the shortest lead, how many alarms came early, and how many ends were not told ten minutes before."""
    return {
        "lead_min_s": min(life.lead_s for life in lives),
        "early": sum(life.is_early for life in lives),
        "missed": sum(life.lead_s < IN_TIME_S for life in lives),
    }


def _life(name: str, index: NDArray[np.int64], blocks: NDArray[np.float32]) -> Life:
    partition = SignalsPartition(SIGNALS, 0, SignalsOptions(publish_features="none", tuning=TUNING))
    seconds = (index - index[0]) * EVERY_S
    records: list[tuple[int, int, bytes | None, bytes | None]] = []
    for number, (ts_s, samples) in enumerate(zip(seconds.tolist(), blocks, strict=True)):
        block = {
            "sensor_id": f"{name}/horizontal",
            "ts": START_S + ts_s,
            "rate_hz": RATE_HZ,
            "samples": samples.astype("<f4").tobytes(),
            "unit": "g",
            "seq": number,
        }
        records.append((number, (START_S + ts_s) * 1_000, name.encode(), msgspec.msgpack.encode(block)))
    applied = partition.apply(RecordColumns.of(SIGNALS, 0, records))
    if applied.refused:
        raise BadDataError(f"{name} holds records that are refused ({applied.refused}); restore the file.")
    events = [json.loads(output.value) for output in applied.outputs if output.topic == ANOMALIES]
    raised = [event["source"]["last_offset"] for event in events if event["type"] == "AnomalyRaised"]
    return Life(int(seconds[-1]), int(seconds[raised[0]]) if raised else None)


def _read(path: Path) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    try:
        with np.load(path) as found:
            index, blocks = np.asarray(found["index"], np.int64), np.asarray(found["acc"], np.float32)
    except (KeyError, ValueError, OSError) as error:
        raise BadDataError(f"{path} is no record of a bearing ({error}); restore the file.") from None
    if blocks.ndim != 2 or len(index) != len(blocks) or len(index) < 2:
        raise BadDataError(f"{path} holds {blocks.shape} samples at {index.shape} places; restore the file.")
    return index, blocks
