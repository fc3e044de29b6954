"""The p-value of a detector's score among its healthy scores: empirical, and beyond the largest of them by their tail.

Two bounded samples are kept in ascending order: a random one of all scores, and the largest ones with the exact number
of scores that they come from. Whenever that number has doubled, and at the latest at MEMORY_SCORES, half of it is
forgotten: scores of a young model and of a former season do not stay.
"""

from math import inf, isnan, nan
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.calibration import extreme_tail
from models.detectors.counter_random import below
from models.detectors.row_detector import Arrays
from models.kernel import kernel

BODY = 1024
LARGEST = 512
FIRST_P_SCORES = 64
"""Before so many healthy scores there is no p-value."""

FIRST_MEMORY_SCORES = 256
MEMORY_SCORES = 65_536
FIT_SCORES = 32
"""The tail is fitted anew after so many scores."""

TAIL_SHARE = 0.1
FEWEST_IN_TAIL = 16
TRUSTED_SCORES = 256.0
"""The confidence of n scores is n / (n + this)."""

_SEED, _SEEN, _REMEMBERED, _MEMORY, _IN_BODY, _IN_LARGEST = range(6)
_NONE, _ONE = np.uint64(0), np.uint64(1)


class ScoreCalibration:
    """p-values of one detector's scores, learning online.

    `body` (BODY,) and `largest` (LARGEST,) float32, ascending; `counts` (6,) int64: seed, scores seen, remembered,
    when to forget, in `body`, in `largest`; `floor` (1,) float64: `largest` holds all that is remembered above it;
    `tail` (7,) float64, see `extreme_tail`.
    """

    def __init__(self, arrays: Arrays) -> None:
        self._body = np.array(arrays["body"], np.float32)
        self._largest = np.array(arrays["largest"], np.float32)
        self._counts = np.array(arrays["counts"], np.int64)
        self._floor = np.array(arrays["floor"], np.float64)
        self._tail = np.array(arrays["tail"], np.float64)

    @classmethod
    def empty(cls, seed: int) -> Self:
        """Return a calibration that has seen no score."""
        return cls(
            {
                "body": np.zeros(BODY, np.float32),
                "largest": np.zeros(LARGEST, np.float32),
                "counts": np.array([seed, 0, 0, FIRST_MEMORY_SCORES, 0, 0]),
                "floor": np.array([-inf]),
                "tail": np.zeros(extreme_tail.TAIL_NUMBERS),
            }
        )

    def advance(
        self,
        scores: NDArray[np.float64],
        learn: NDArray[np.bool_],
        p_values: NDArray[np.float64],
        confidence: NDArray[np.float64],
    ) -> None:
        """Write the p-value and the confidence (n,) of each of `scores` (n,), then learn it where `learn` (n,) is set.

        NaN gives NaN with confidence 0, as does every score before FIRST_P_SCORES, and is never learned.
        """
        _advance(self._body, self._largest, self._counts, self._floor, self._tail, scores, learn, p_values, confidence)

    @property
    def state(self) -> tuple[NDArray[Any], ...]:
        """The arrays that `judge` and `learn` work on."""
        return (self._body, self._largest, self._counts, self._floor, self._tail)

    def arrays(self) -> Arrays:
        """Return the arrays by name."""
        return {
            "body": self._body,
            "largest": self._largest,
            "counts": self._counts,
            "floor": self._floor,
            "tail": self._tail,
        }


@kernel
def _first_at_least(ascending: NDArray[np.float32], count: int, value: float) -> int:
    """Return the number of values below `value` among the first `count`, at least one."""
    # Without a branch that depends on the values: half of its guesses would be wrong.
    begin, left = _NONE, np.uint64(count)
    while left > _ONE:
        half = left >> _ONE
        begin += half if ascending[begin + half - _ONE] < value else _NONE
        left -= half
    return int(np.int64(begin)) + (1 if ascending[begin] < value else 0)


@kernel
def _exchange(ascending: NDArray[np.float32], out: int, value: float) -> None:
    """Take the value at `out` away and put `value` into its place in the order."""
    at = out
    while at + 1 < len(ascending) and ascending[at + 1] < value:
        ascending[at] = ascending[at + 1]
        at += 1
    while at > 0 and ascending[at - 1] > value:
        ascending[at] = ascending[at - 1]
        at -= 1
    ascending[at] = value


@kernel
def learn(
    body: NDArray[np.float32],
    largest: NDArray[np.float32],
    counts: NDArray[np.int64],
    floor: NDArray[np.float64],
    tail: NDArray[np.float64],
    score: float,
) -> None:
    """Learn a score, unless it is not finite."""
    # Written so that NaN fails.
    if not abs(score) < inf:
        return
    remembered = counts[_REMEMBERED]
    # `body` grows from its upper end, so that the unused places are those below.
    if counts[_IN_BODY] < len(body):
        counts[_IN_BODY] += 1
        _exchange(body[len(body) - counts[_IN_BODY] :], 0, score)
    else:
        out = below(counts[_SEED], counts[_SEEN], max(remembered + 1, len(body)))
        if out < len(body):
            _exchange(body, out, score)
    if score > floor[0]:
        if counts[_IN_LARGEST] < len(largest):
            counts[_IN_LARGEST] += 1
            _exchange(largest[len(largest) - counts[_IN_LARGEST] :], 0, score)
        else:
            floor[0] = min(score, largest[0])
            if score > largest[0]:
                _exchange(largest, 0, score)
    counts[_SEEN] += 1
    counts[_REMEMBERED] += 1
    if counts[_REMEMBERED] >= counts[_MEMORY]:
        _forget_half(largest, counts)
    if counts[_SEEN] % FIT_SCORES == 0 and counts[_SEEN] >= FIRST_P_SCORES:
        held, n = counts[_IN_LARGEST], counts[_REMEMBERED]
        of_tail = min(max(np.int64(TAIL_SHARE * n), FEWEST_IN_TAIL), held - 1)
        chance = of_tail / (n + 1.0)
        extreme_tail.fit(largest, len(largest) - of_tail, chance, 1.0 / (n + 1.0), tail)


@kernel
def _forget_half(largest: NDArray[np.float32], counts: NDArray[np.int64]) -> None:
    """Keep every second of the largest scores, the largest among them, and count half."""
    last = len(largest) - 1
    kept = (counts[_IN_LARGEST] + 1) // 2
    for i in range(kept):
        largest[last - i] = largest[last - 2 * i]
    counts[_IN_LARGEST] = kept
    counts[_REMEMBERED] //= 2
    counts[_MEMORY] = min(2 * counts[_MEMORY], MEMORY_SCORES)


@kernel
def _p_value(body: NDArray[np.float32], in_body: int, tail: NDArray[np.float64], score: float) -> float:
    if score > tail[extreme_tail.START]:
        return float(extreme_tail.chance_beyond(tail, score))
    at_least = in_body - _first_at_least(body[len(body) - in_body :], in_body, score)
    # Never below the chance at which the tail begins, so that p falls with the score.
    return float(max((at_least + 1.0) / (in_body + 1.0), tail[extreme_tail.START_P]))


@kernel
def judge(
    body: NDArray[np.float32], counts: NDArray[np.int64], tail: NDArray[np.float64], score: float
) -> tuple[float, float]:
    """Return p-value and confidence of a score; NaN and 0 for NaN and before FIRST_P_SCORES."""
    if isnan(score) or counts[_SEEN] < FIRST_P_SCORES:
        return nan, 0.0
    sure = counts[_REMEMBERED] / (counts[_REMEMBERED] + TRUSTED_SCORES)
    return _p_value(body, counts[_IN_BODY], tail, score), sure


@kernel
def _advance(
    body: NDArray[np.float32],
    largest: NDArray[np.float32],
    counts: NDArray[np.int64],
    floor: NDArray[np.float64],
    tail: NDArray[np.float64],
    scores: NDArray[np.float64],
    teaches: NDArray[np.bool_],
    p_values: NDArray[np.float64],
    confidence: NDArray[np.float64],
) -> None:
    for i in range(len(scores)):
        p_values[i], confidence[i] = judge(body, counts, tail, scores[i])
        if teaches[i]:
            learn(body, largest, counts, floor, tail, scores[i])
