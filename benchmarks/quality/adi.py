"""Vibration of a motor with twelve kinds of fault at five speeds: learned healthy at four, judged at the fifth.

Each of the three axes is a sensor. A sensor learns from the healthy blocks of the other speeds, which overlap by half
and are taken in turn, as from a machine that changes its speed; it judges the records of the speed left out, each from
the state it had then; a moment's score is the axes' mean.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.benchmark import Quality
from benchmarks.quality.data_folder import collection, files_of
from benchmarks.quality.roc import area
from models.blocks.bank import BlockBank, BlockBatch
from models.blocks.columns import DETECTORS
from models.blocks.machine_lines import NO_LINES
from models.blocks.tuning import BlockTuning
from schemas.errors import BadDataError

RATE_HZ = 20_000.0
BLOCK_SAMPLES = 4_000
LEARN_HOP = 2_000
HEALTHY = "GoB_GS_BaLo_WA"
AXES = 3
# What the records of four speeds give; the product's default of 30 needs more than this collection has.
TUNING = BlockTuning(learn_blocks=12, learn_s=0.0)


@dataclass(frozen=True, slots=True)
class Recording:
    """One record: `x` (samples, AXES) in g at a speed; healthy or with a fault."""

    speed_rpm: float
    is_healthy: bool
    x: NDArray[np.float32]


def measure(data: Path) -> Quality:
    """Score every speed of `adi_cbm/`; raises UnavailableError or BadDataError as QualityBenchmark says."""
    recordings = [_read(path) for path in files_of(collection(data, "adi_cbm"), "*.npz")]
    told, untold = _left_out(recordings, True), _left_out(recordings, False)
    return Quality(
        metrics=_metrics(told, "score"),
        references={line: {"auc_mean": 0.5, "auc_worst": 0.5} for line in ("always-alarm", "never-alarm")},
        false_alarms=sum(speed.false_alarms for speed in told.values()),
        files=len(recordings),
        configuration={**asdict(TUNING), "block_samples": BLOCK_SAMPLES, "learn_hop": LEARN_HOP},
        details={
            "auc_by_speed": {f"{rpm:.0f}": round(speed.auc["score"], 4) for rpm, speed in told.items()},
            "cepstral_bands": _metrics(told, "cepstral_bands"),
            "speed_not_told": _metrics(untold, "score"),
            "speed_not_told_cepstral_bands": _metrics(untold, "cepstral_bands"),
            "healthy_moments": sum(speed.healthy for speed in told.values()),
        },
    )


@dataclass(frozen=True, slots=True)
class Speed:
    """Area under the curve of each score at one speed; healthy moments, and how many had all they need to alarm."""

    auc: dict[str, float]
    healthy: int
    false_alarms: int


def _left_out(recordings: Sequence[Recording], told: bool) -> dict[float, Speed]:
    """Return what is found at each speed when it is left out of learning; the bank knows speeds only if `told`."""
    found: dict[float, Speed] = {}
    for rpm in sorted({recording.speed_rpm for recording in recordings}):
        bank = BlockBank(TUNING)
        learn = [r for r in recordings if r.is_healthy and r.speed_rpm != rpm]
        for axis in range(AXES):
            of_speeds = [[(r, block) for block in _blocks(r, axis, LEARN_HOP)] for r in learn]
            blocks = [each for turn in zip_longest(*of_speeds) for each in turn if each is not None]
            if not bank.advance(_batch(axis, blocks, 0, told)).learned[-1]:
                raise BadDataError(f"adi_cbm/ holds {len(blocks)} healthy blocks beside {rpm:g} rpm; restore it.")
        states = [bank.pack(axis) for axis in range(AXES)]
        found[rpm] = _judge(states, len(blocks), [r for r in recordings if r.speed_rpm == rpm], told)
    return found


def _judge(states: Sequence[bytes], learned: int, recordings: Sequence[Recording], told: bool) -> Speed:
    """Judge each recording as what follows the `learned` blocks."""
    faulty: list[bool] = []
    scores: defaultdict[str, list[NDArray[np.float64]]] = defaultdict(list)
    for recording in recordings:
        of_axes = []
        for axis, packed in enumerate(states):
            bank = BlockBank(TUNING)
            bank.restore(0, packed)
            blocks = [(recording, block) for block in _blocks(recording, axis, BLOCK_SAMPLES)]
            outcome = bank.advance(_batch(0, blocks, learned, told))
            of_axes.append(np.column_stack([outcome.score, outcome.detected]))
        faulty += [not recording.is_healthy] * len(of_axes[0])
        for name, values in zip(("score", *DETECTORS), np.mean(of_axes, axis=0).T, strict=True):
            scores[name].append(values)
    truth = np.array(faulty)
    whole = {name: np.concatenate(parts) for name, parts in scores.items()}
    return Speed(
        auc={name: area(truth, values) for name, values in whole.items() if name in ("score", "cepstral_bands")},
        healthy=int((~truth).sum()),
        false_alarms=int((whole["score"][~truth] >= TUNING.raise_score).sum()),
    )


def _blocks(recording: Recording, axis: int, hop: int) -> list[NDArray[np.float32]]:
    starts = range(0, len(recording.x) - BLOCK_SAMPLES + 1, hop)
    return [np.ascontiguousarray(recording.x[start : start + BLOCK_SAMPLES, axis]) for start in starts]


def _batch(row: int, blocks: Sequence[tuple[Recording, NDArray[np.float32]]], first: int, told: bool) -> BlockBatch:
    n = len(blocks)
    number = np.arange(first, first + n)
    return BlockBatch(
        row=np.full(n, row),
        offset=number,
        ts_us=number * 1_000_000,
        seq=number,
        rate_hz=np.full(n, RATE_HZ),
        speed_rpm=np.array([recording.speed_rpm if told else np.nan for recording, _ in blocks]),
        samples=[block for _, block in blocks],
        unit=["g"] * n,
        lines=[NO_LINES] * n,
    )


def _metrics(speeds: dict[float, Speed], name: str) -> dict[str, float]:
    of_speeds = [speed.auc[name] for speed in speeds.values()]
    return {"auc_mean": round(float(np.mean(of_speeds)), 4), "auc_worst": round(min(of_speeds), 4)}


def _read(path: Path) -> Recording:
    try:
        speed, *state = path.stem.split("_")
        with np.load(path) as found:
            x = np.asarray(found["x"], np.float32)
        return Recording(float(speed), "_".join(state[:4]) == HEALTHY, x.reshape(-1, AXES))
    except (KeyError, ValueError, OSError) as error:
        raise BadDataError(f"{path} is no record of three axes ({error}); restore the file.") from None
