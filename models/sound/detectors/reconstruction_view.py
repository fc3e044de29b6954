"""Local linear reconstruction by one range of columns: a bank of training clips on axes of nearly equal standing."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.detectors.row_detector import Arrays
from models.kernel import kernel
from models.sound.detectors import reconstruction_kernel
from models.sound.detectors.nearest_clips import GROUPS, NOT_IN_BANK, drawn
from models.sound.detectors.reconstruction_kernel import LANES, NEIGHBOURS
from models.sound.detectors.spread import centre_and_spread

WHITENING = 0.25
"""The principal axes are divided by λ to the half of this: between their own lengths and equal ones."""

LEAST_VARIANCE = 1e-6


class ReconstructionView:
    """A bank that judges rows of b columns.

    `turn` (b, a) float32, a column an axis, a multiple of 4 of them; `clips` (m, a) float32 on these axes; `usual`
    (m,) float64, their own residuals; `scale` (2,) float64, centre and spread of the scores of training clips.
    """

    def __init__(self, arrays: Arrays) -> None:
        self._turn = np.array(arrays["turn"], np.float32)
        self._clips = np.array(arrays["clips"], np.float32)
        self._usual = np.array(arrays["usual"], np.float64)
        self._scale = np.array(arrays["scale"], np.float64)
        self._bank = np.ascontiguousarray(self._clips.T)

    def score(self, z: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the standard scores (n,) of rows (n, b) of its columns."""
        scores = self._residuals(turned(z, self._turn), np.full(len(z), NOT_IN_BANK))
        scores -= self._scale[0]
        scores /= self._scale[1]
        return scores

    def _residuals(self, rows: NDArray[np.float32], itself: NDArray[np.int64]) -> NDArray[np.float64]:
        bands, clips = self._bank.shape
        k, lanes = NEIGHBOURS, min(LANES, max(len(rows), 1))
        out = np.empty(len(rows))
        room = (
            np.empty(clips, np.float32),
            np.empty(GROUPS, np.float32),
            np.empty(k, np.int64),
            np.empty(k, np.float32),
            np.zeros((bands, k, lanes), np.float32),
            np.empty((k, k, lanes), np.float32),
            np.empty((k, lanes), np.float32),
            np.empty(lanes, np.float32),
        )
        reconstruction_kernel.residuals(self._bank, self._clips, self._usual, rows, itself, *room, out)
        return out

    def arrays(self) -> Arrays:
        """Return the arrays by name."""
        return {"turn": self._turn, "clips": self._clips, "usual": self._usual, "scale": self._scale}

    @classmethod
    def fitted(cls, z: NDArray[np.float32], seed: int) -> Self:
        """Return a view fitted on standard profiles (n, b) of its bands."""
        variance, axes = np.linalg.eigh(np.atleast_2d(np.cov(z.T.astype(np.float64))))
        turn = (axes / np.maximum(variance, LEAST_VARIANCE) ** (WHITENING / 2.0)).astype(np.float32)
        turn = np.pad(turn, ((0, 0), (0, -len(turn) % 4)))
        clips = turned(z, turn)[drawn(len(z), seed)]
        arrays = {"turn": turn, "clips": clips, "usual": np.ones(len(clips)), "scale": np.array([0.0, 1.0])}
        itself = np.arange(len(clips))
        arrays["usual"] = np.exp(cls(arrays)._residuals(clips, itself))
        arrays["scale"] = np.array(centre_and_spread(cls(arrays)._residuals(clips, itself)))
        return cls(arrays)


def turned(z: NDArray[np.float32], turn: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows (n, b) on the axes `turn` (b, a)."""
    out = np.empty((len(z), turn.shape[1]), np.float32)
    _turn(np.ascontiguousarray(z), turn, out)
    return out


@kernel
def _turn(z: NDArray[np.float32], turn: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    for i in range(len(z)):
        row = out[i]
        for a in range(len(row)):
            row[a] = np.float32(0.0)
        for j in range(z.shape[1]):
            at, axis = z[i, j], turn[j]
            for a in range(len(row)):
                row[a] += at * axis[a]
