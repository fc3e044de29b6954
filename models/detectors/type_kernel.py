"""All models of a type as one kernel: a chunk of rows is some dozens, so calls and arrays would cost what they do."""

from math import isnan, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.calibration import score_calibration
from models.calibration.combination import combined
from models.detectors import half_space_trees, isolation_forest, mahalanobis, neighbours
from models.detectors.row_detector import LARGEST_Z
from models.kernel import kernel

FOREST, TREES, DISTANCE, SAMPLE = range(4)
"""Places of the detectors in rows of scores."""


class Forest(NamedTuple):
    """Arrays of an IsolationForest; empty before there is one."""

    feature: NDArray[np.uint8]
    cut: NDArray[np.float32]
    length: NDArray[np.float32]
    usual: NDArray[np.float64]


NO_FOREST = Forest(
    np.zeros((0, 0), np.uint8), np.zeros((0, 0), np.float32), np.zeros((0, 0), np.float32), np.zeros(0, np.float64)
)


class Trees(NamedTuple):
    """Arrays of HalfSpaceTrees."""

    feature: NDArray[np.uint8]
    cut: NDArray[np.float32]
    reference: NDArray[np.uint16]
    latest: NDArray[np.uint16]
    counts: NDArray[np.int64]


class Distance(NamedTuple):
    """Arrays of Mahalanobis; `residual` is scratch."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    factor: NDArray[np.float64]
    learned: NDArray[np.int64]
    residual: NDArray[np.float64]


class Sample(NamedTuple):
    """Arrays of Neighbours; `squares` and `nearest` are scratch."""

    sample: NDArray[np.float32]
    counts: NDArray[np.int64]
    squares: NDArray[np.float32]
    nearest: NDArray[np.float32]


class Calibration(NamedTuple):
    """Arrays of a ScoreCalibration."""

    body: NDArray[np.float32]
    largest: NDArray[np.float32]
    counts: NDArray[np.int64]
    floor: NDArray[np.float64]
    tail: NDArray[np.float64]


class Models(NamedTuple):
    """The d detectors and the calibrations of their scores, in the order of their places."""

    forest: Forest
    trees: Trees
    distance: Distance
    sample: Sample
    calibrations: tuple[Calibration, Calibration, Calibration, Calibration]


class Room(NamedTuple):
    """Of n rows: `rows` (n, k) as detectors take them, `judged` and `learn` (n,), `by_detector` (d, n) scores."""

    rows: NDArray[np.float32]
    judged: NDArray[np.bool_]
    learn: NDArray[np.bool_]
    by_detector: NDArray[np.float64]


class Said(NamedTuple):
    """What n rows are worth: `scores` and `p_values` (n, d), `p_value` and `confidence` (n,)."""

    scores: NDArray[np.float64]
    p_values: NDArray[np.float64]
    p_value: NDArray[np.float64]
    confidence: NDArray[np.float64]


@kernel
def standardise(z: NDArray[np.float64], rows: NDArray[np.float32], judged: NDArray[np.bool_]) -> None:
    """Write rows (n, k) as the detectors take them, and which can be judged (n,): as `standard_rows` does."""
    n, k = z.shape
    for i in range(n):
        missing = 0
        for j in range(k):
            value = z[i, j]
            if isnan(value):
                missing += 1
                value = 0.0
            rows[i, j] = np.float32(min(max(value, -LARGEST_Z), LARGEST_Z))
        judged[i] = 2 * missing <= k


@kernel
def _score(models: Models, room: Room, begin: int, end: int, known: NDArray[np.float64]) -> None:
    """Have the detectors score the rows from `begin` to `end`, and learn those that `room.learn` marks."""
    rows, learn, scores = room.rows[begin:end], room.learn[begin:end], room.by_detector
    forest, trees, distance, sample = models.forest, models.trees, models.distance, models.sample
    told_end = end if len(known) == 0 else begin
    if len(forest.usual) > 0:
        isolation_forest.judge(
            forest.feature, forest.cut, forest.length, forest.usual[0], room.rows[begin:told_end],
            scores[FOREST, begin:told_end],
        )  # fmt: skip
    else:
        scores[FOREST, begin:told_end] = nan
    half_space_trees.advance(
        trees.feature, trees.cut, trees.reference, trees.latest, trees.counts, rows, learn,
        scores[TREES, begin:told_end],
    )  # fmt: skip
    mahalanobis.advance(
        distance.mean, distance.covariance, distance.factor, distance.learned, distance.residual, rows, learn,
        scores[DISTANCE, begin:told_end],
    )  # fmt: skip
    neighbours.advance(
        sample.sample, sample.counts, sample.squares, sample.nearest, rows, learn, scores[SAMPLE, begin:told_end]
    )
    for i in range(begin, end):
        for d in range(len(scores)):
            if len(known) > 0:
                scores[d, i] = known[i, d]
            elif not room.judged[i]:
                scores[d, i] = nan


@kernel
def advance(
    models: Models,
    z: NDArray[np.float64],
    may_learn: NDArray[np.bool_],
    begin: int,
    most: int,
    known: NDArray[np.float64],
    room: Room,
    said: Said,
) -> tuple[int, int]:
    """Judge each of the rows `z` (n, k) from `begin` on by the state before it and learn it where it may (n,).

    It stops once `most` were learned; returns where, and how many were. `known` (n, d) are scores of the rows that are
    known already, (0, d) if they are not. Where `said` has no rows, it is not said.
    """
    n, members = len(z), len(room.by_detector)
    learned, end = 0, n
    for i in range(begin, n):
        room.learn[i] = room.judged[i] and may_learn[i]
        learned += 1 if room.learn[i] else 0
        if learned == most:
            end = i + 1
            break
    _score(models, room, begin, end, known)
    told = len(said.p_value) > 0
    for d in range(members):
        calibration = models.calibrations[d]
        for i in range(begin, end):
            score = room.by_detector[d, i]
            if told:
                said.scores[i, d] = score
                said.p_values[i, d], sure = score_calibration.judge(
                    calibration.body, calibration.counts, calibration.tail, score
                )
                said.confidence[i] = sure if d == 0 else said.confidence[i] + sure
            if room.learn[i]:
                score_calibration.learn(
                    calibration.body, calibration.largest, calibration.counts, calibration.floor, calibration.tail,
                    score,
                )  # fmt: skip
    if told:
        for i in range(begin, end):
            said.p_value[i] = combined(said.p_values[i])
            said.confidence[i] /= members
    return end, learned
