"""Sound of fans at three levels of background noise: detectors that learned from normal clips alone.

Each file is one fan at one noise level, a row a clip of 10 s. All abnormal clips and as many normal ones, drawn by
chance, are judged by detectors fitted on the other normal clips. Thresholds are set where one in twenty normal clips
that were kept out of fitting lies above; the same is done with the newest normal clips instead of drawn ones, whose
session the threshold never saw, with and without calibration that goes on while they are judged.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.benchmark import Quality
from benchmarks.quality.data_folder import collection, files_of
from benchmarks.quality.roc import area
from models.calibration.score_calibration import ScoreCalibration
from models.sound.detectors import local_reconstruction, nearest_clips, reconstruction_kernel, reconstruction_view
from models.sound.detectors.mfcc_isolation_forest import MFCC, MFCC_COLUMNS
from models.sound.detectors.registry import ENSEMBLE, SOUND_DETECTORS
from models.sound.profile import BANDS, LEAST_SPREAD, PROFILE_COLUMNS, QUIET_SHARE, fit_baseline
from schemas.errors import BadDataError

SPLITS = 3
LARGEST_RATE = 0.1
"""Rate of false alarms up to which `pauc` looks."""

ALARM_P = 0.05
DOUBTFUL_P = 0.01
"""A clip below it teaches no calibration: quarantine."""

CHANCE = {"auc": 0.5, "pauc": 0.5}
NAMES = {f"logmel_mu_band_{i + 1}": f"logmel_mean_{i:02}" for i in range(BANDS)}
NAMES |= {f"logmel_std_band_{i + 1}": f"logmel_std_{i:02}" for i in range(BANDS)}
NAMES |= {f"mfcc_mu_{i + 1}": f"mfcc_mean_{i:02}" for i in range(MFCC)}
NAMES |= {f"mfcc_var_{i + 1}": f"mfcc_std_{i:02}" for i in range(MFCC)}
CONFIGURATION: dict[str, Any] = {
    "detector": ENSEMBLE,
    "parts": local_reconstruction.QUARTERS,
    "neighbours": reconstruction_kernel.NEIGHBOURS,
    "compared": reconstruction_kernel.COMPARED,
    "ridge": float(reconstruction_kernel.RIDGE),
    "compared_share": reconstruction_kernel.COMPARED_SHARE,
    "largest_bank": nearest_clips.LARGEST_BANK,
    "whitening": reconstruction_view.WHITENING,
    "quiet_share": QUIET_SHARE,
    "least_spread": LEAST_SPREAD,
    "alarm_p": ALARM_P,
    "doubtful_p": DOUBTFUL_P,
    "splits": SPLITS,
}


@dataclass(frozen=True, slots=True)
class Case:
    """One fan at one noise level: `clips` (n, 2 BANDS) and `mfcc` (n, 2 MFCC), in order of recording."""

    noise: str
    fan: str
    clips: NDArray[np.float64]
    mfcc: NDArray[np.float64]
    is_normal: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Split:
    """Places of the clips to fit on, of the normal clips to judge, and of the abnormal ones."""

    fit: NDArray[np.int64]
    normal: NDArray[np.int64]
    abnormal: NDArray[np.int64]

    @property
    def judged(self) -> NDArray[np.int64]:
        """All places to judge."""
        return np.concatenate([self.normal, self.abnormal])

    @property
    def faulty(self) -> NDArray[np.bool_]:
        """Whether the clip at each of `judged` is abnormal."""
        return np.arange(len(self.judged)) >= len(self.normal)


def measure(data: Path) -> Quality:
    """Score every file of `mimii_fan_features/`; raises UnavailableError or BadDataError as QualityBenchmark says."""
    cases = [_read(path) for path in files_of(collection(data, "mimii_fan_features"), "*.npz")]
    areas = {name: [_areas(name, case) for case in cases] for name in SOUND_DETECTORS}
    alarms = _Alarms()
    for case in cases:
        for seed in range(SPLITS):
            alarms.count("drawn", *_fixed(case, _drawn(case, seed), seed))
        alarms.count("newest", *_fixed(case, _newest(case), 0))
        alarms.count("newest_recalibrated", *_recalibrated(case, _newest(case)))
    metrics = {name: _mean(of_cases) for name, of_cases in areas.items()}
    stem = [f"{case.noise}_id_{case.fan}" for case in cases]
    return Quality(
        metrics=metrics.pop(ENSEMBLE),
        references=metrics | dict.fromkeys(("always-alarm", "never-alarm"), CHANCE),
        false_alarms=alarms.false["drawn"],
        files=len(cases),
        configuration=CONFIGURATION,
        details={
            "auc_pauc_by_case": dict(zip(stem, (list(_mean([of]).values()) for of in areas[ENSEMBLE]), strict=True)),
            "one_bank_for_all_fans": _mean(_of_one_bank(cases)),
            "alarms": alarms.rates(),
        },
    )


def _areas(name: str, case: Case, splits: int = SPLITS) -> dict[str, float]:
    """Return the areas of one detector on one case, the mean over the splits."""
    kind, found = SOUND_DETECTORS[name], []
    for seed in range(splits):
        split = _drawn(case, seed)
        rows = case.mfcc if kind.columns == MFCC_COLUMNS else _standard(case, split.fit)
        score = kind.fit(rows[split.fit], kind.columns, seed).score(rows[split.judged])
        found.append(_both(split.faulty, score))
    return _mean(found, digits=12)


def _of_one_bank(cases: Iterable[Case]) -> list[dict[str, float]]:
    """Return the areas of fans that share one bank at each noise level, each with its own baseline."""
    by_noise: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_noise[case.noise].append(case)
    found = []
    for fans in by_noise.values():
        for seed in range(SPLITS):
            splits = [_drawn(case, seed) for case in fans]
            rows = [_standard(case, split.fit) for case, split in zip(fans, splits, strict=True)]
            bank = np.vstack([of[split.fit] for of, split in zip(rows, splits, strict=True)])
            detector = SOUND_DETECTORS[ENSEMBLE].fit(bank, PROFILE_COLUMNS, seed)
            for of, split in zip(rows, splits, strict=True):
                found.append(_both(split.faulty, detector.score(of[split.judged])))
    return found


class _Alarms:
    """False alarms and hits, by the way in which the threshold was found."""

    def __init__(self) -> None:
        self.false: defaultdict[str, int] = defaultdict(int)
        self._normal: defaultdict[str, int] = defaultdict(int)
        self._hits: defaultdict[str, int] = defaultdict(int)
        self._abnormal: defaultdict[str, int] = defaultdict(int)

    def count(self, way: str, faulty: NDArray[np.bool_], alarmed: NDArray[np.bool_]) -> None:
        self.false[way] += int((alarmed & ~faulty).sum())
        self._normal[way] += int((~faulty).sum())
        self._hits[way] += int((alarmed & faulty).sum())
        self._abnormal[way] += int(faulty.sum())

    def rates(self) -> Mapping[str, Mapping[str, float]]:
        return {
            way: {
                "false_alarm_rate": round(self.false[way] / self._normal[way], 4),
                "hit_rate": round(self._hits[way] / self._abnormal[way], 4),
            }
            for way in self.false
        }


def _fixed(case: Case, split: Split, seed: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which judged clips are faulty, and which lie above a threshold that stays."""
    held, score = _held_and_judged(case, split, seed)
    return split.faulty, score > np.quantile(held, 1.0 - ALARM_P)


def _recalibrated(case: Case, split: Split) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the same with a calibration that learns from what it does not doubt, in order of recording.

    The abnormal clips, which have no time of their own, come evenly between the normal ones.
    """
    held, score = _held_and_judged(case, split, 0)
    calibration = ScoreCalibration.empty(0)
    _p_values(calibration, held, learn=True)
    place = np.concatenate([np.linspace(0.0, 1.0, len(part)) for part in (split.normal, split.abnormal)])
    alarmed = np.zeros(len(score), np.bool_)
    for i in np.argsort(place, kind="stable"):
        p = _p_values(calibration, score[i : i + 1], learn=False)[0]
        alarmed[i] = p <= ALARM_P
        if p > DOUBTFUL_P:
            _p_values(calibration, score[i : i + 1], learn=True)
    return split.faulty, alarmed


def _p_values(calibration: ScoreCalibration, scores: NDArray[np.float64], learn: bool) -> NDArray[np.float64]:
    p_values = np.empty(len(scores))
    calibration.advance(scores, np.full(len(scores), learn), p_values, np.empty(len(scores)))
    return p_values


def _held_and_judged(case: Case, split: Split, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the scores of a quarter of the normal clips, kept out of fitting, and those of the clips to judge."""
    shuffled = np.random.default_rng(seed).permutation(split.fit)
    held, fit = shuffled[: len(shuffled) // 4], shuffled[len(shuffled) // 4 :]
    rows = _standard(case, fit)
    detector = SOUND_DETECTORS[ENSEMBLE].fit(rows[fit], PROFILE_COLUMNS, seed)
    return detector.score(rows[held]), detector.score(rows[split.judged])


def _standard(case: Case, fit: NDArray[np.int64]) -> NDArray[np.float64]:
    return fit_baseline(case.clips[fit]).standard(case.clips)


def _drawn(case: Case, seed: int) -> Split:
    normal, abnormal = np.flatnonzero(case.is_normal), np.flatnonzero(~case.is_normal)
    drawn = np.random.default_rng(seed).permutation(normal)[: len(abnormal)]
    return Split(np.setdiff1d(normal, drawn), drawn, abnormal)


def _newest(case: Case) -> Split:
    normal, abnormal = np.flatnonzero(case.is_normal), np.flatnonzero(~case.is_normal)
    return Split(normal[: -len(abnormal)], normal[-len(abnormal) :], abnormal)


def _both(faulty: NDArray[np.bool_], score: NDArray[np.float64]) -> dict[str, float]:
    return {"auc": area(faulty, score), "pauc": area(faulty, score, LARGEST_RATE)}


def _mean(found: list[dict[str, float]], digits: int = 4) -> dict[str, float]:
    means = {name: float(np.mean([each[name] for each in found])) for name in CHANCE}
    return {name: round(value, digits) for name, value in means.items()}


def _read(path: Path) -> Case:
    try:
        noise, fan = path.stem.split("_id_")
        with np.load(path) as found:
            names = [NAMES.get(str(name)) for name in found["columns"]]
            order = np.argsort(found["filename"], kind="stable")
            x, is_normal = np.asarray(found["X"], np.float64)[order], np.asarray(found["is_normal"])[order] == 1
        wanted = [f"logmel_{of}_{i:02}" for of in ("mean", "std") for i in range(BANDS)]
        clips, mfcc = (x[:, [names.index(name) for name in of]] for of in (wanted, MFCC_COLUMNS))
    except (KeyError, ValueError, OSError, IndexError) as error:
        raise BadDataError(f"{path} is no table of clip statistics of a fan ({error}); restore the file.") from None
    mfcc[:, MFCC:] = np.sqrt(mfcc[:, MFCC:])
    if not np.isfinite(clips).all() or not np.isfinite(mfcc).all():
        raise BadDataError(f"{path} holds other things than finite numbers; restore the file.")
    if is_normal.all() or 2 * is_normal.sum() <= len(is_normal):
        raise BadDataError(f"{path} lacks abnormal clips, or normal ones beyond as many; restore the file.")
    return Case(noise, fan, clips, mfcc, is_normal)
