"""An LSTM autoencoder in service, without torch: a few rows are squeezed into one state and drawn again from it.

The score is the mean squared error of the last row. Weights may be stored as bytes, each row of a matrix with a scale
of its own: a quarter of the size, the same arithmetic.
Sources: Hochreiter, S. and Schmidhuber, J. (1997), Long short-term memory, Neural Computation 9(8); Malhotra, P. et
al. (2016), LSTM-based encoder-decoder for multi-sensor anomaly detection, arXiv:1607.00148.
"""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.detectors.row_detector import Arrays, check_columns
from models.kernel import kernel

LIMIT_Z = 10.0
"""What a row holds is cut here, as in training."""

_MATRICES = ("encoder_in", "encoder_on", "decoder_in", "decoder_on", "out")
_VECTORS = ("encoder_bias", "decoder_bias", "out_bias")
_ZERO = 128


class SequenceAutoencoder:
    """h cells over rows of k columns, float32: `encoder_in` (4 h, k), `decoder_in` (4 h, h), both `_on` (4 h, h), both
    `_bias` (4 h,), `out` (k, h), `out_bias` (k,); gates in the order of torch: in, forget, cell, out.

    A matrix may be given as `<name>_bytes` uint8 and `<name>_scale` (rows,) instead.
    """

    def __init__(self, columns: tuple[str, ...], arrays: Arrays) -> None:
        check_columns(columns)
        self.columns = columns
        self._given = {name: np.array(array) for name, array in arrays.items()}
        self._weights: tuple[NDArray[np.float32], ...] = tuple(_matrix(self._given, name) for name in _MATRICES)
        self._biases = tuple(np.array(arrays[name], np.float32) for name in _VECTORS)
        h, k = self._weights[1].shape[1], len(columns)
        shapes = [each.shape for each in (*self._weights, *self._biases)]
        if shapes != [(4 * h, k), (4 * h, h), (4 * h, h), (4 * h, h), (k, h), (4 * h,), (4 * h,), (k,)]:
            raise ValueError(f"weights of shapes {shapes} are no autoencoder of {k} columns")

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the error (n,) of the last of rows (n, c + 1, k); NaN where one of them is missing."""
        rows = np.where(np.isnan(x), 0.0, np.clip(x, -LIMIT_Z, LIMIT_Z)).astype(np.float32)
        scores = np.empty(len(x))
        h = self._weights[1].shape[1]
        encoder_in, encoder_on, decoder_in, decoder_on, out = self._weights
        encoder_bias, decoder_bias, out_bias = self._biases
        _score(
            encoder_in, encoder_on, decoder_in, decoder_on, out, encoder_bias, decoder_bias, out_bias, rows,
            np.empty((2, h), np.float32), np.empty(4 * h, np.float32), scores,
        )  # fmt: skip
        scores[(2 * np.isnan(x).sum(axis=2) > len(self.columns)).any(axis=1)] = np.nan
        return scores

    def arrays(self) -> Arrays:
        """Return the arrays by name."""
        return self._given

    @classmethod
    def from_arrays(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Return the autoencoder that had these arrays."""
        return cls(columns, arrays)


def quantised(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the arrays with every matrix as bytes with a scale by row."""
    found = dict(arrays)
    for name in _MATRICES:
        matrix = found.pop(name)
        scale = np.maximum(np.abs(matrix).max(axis=1), 1e-12).astype(np.float32) / np.float32(127.0)
        found[f"{name}_bytes"] = (np.rint(matrix / scale[:, None]) + _ZERO).astype(np.uint8)
        found[f"{name}_scale"] = scale
    return found


def _matrix(arrays: Mapping[str, NDArray[Any]], name: str) -> NDArray[np.float32]:
    if name in arrays:
        return np.ascontiguousarray(arrays[name], np.float32)
    steps = arrays[f"{name}_bytes"].astype(np.float32) - np.float32(_ZERO)
    return np.ascontiguousarray(steps * arrays[f"{name}_scale"][:, None], np.float32)


@kernel
def _sigmoid(x: float) -> float:
    return float(1.0 / (1.0 + np.exp(-x)))


@kernel
def _step(
    of_input: NDArray[np.float32],
    on_state: NDArray[np.float32],
    bias: NDArray[np.float32],
    row: NDArray[np.float32],
    state: NDArray[np.float32],
    gates: NDArray[np.float32],
) -> None:
    """Move hidden and cell state (2, h) on by one row."""
    h = state.shape[1]
    for g in range(len(gates)):
        total = np.float64(bias[g])
        for j in range(len(row)):
            total += of_input[g, j] * row[j]
        for j in range(h):
            total += on_state[g, j] * state[0, j]
        gates[g] = total
    for j in range(h):
        cell = _sigmoid(gates[h + j]) * state[1, j] + _sigmoid(gates[j]) * np.tanh(gates[2 * h + j])
        state[1, j] = cell
        state[0, j] = _sigmoid(gates[3 * h + j]) * np.tanh(cell)


@kernel
def _score(
    encoder_in: NDArray[np.float32],
    encoder_on: NDArray[np.float32],
    decoder_in: NDArray[np.float32],
    decoder_on: NDArray[np.float32],
    out: NDArray[np.float32],
    encoder_bias: NDArray[np.float32],
    decoder_bias: NDArray[np.float32],
    out_bias: NDArray[np.float32],
    rows: NDArray[np.float32],
    state: NDArray[np.float32],
    gates: NDArray[np.float32],
    scores: NDArray[np.float64],
) -> None:
    n, steps, k = rows.shape
    h = state.shape[1]
    for i in range(n):
        for j in range(h):
            state[0, j] = state[1, j] = 0.0
        for s in range(steps):
            _step(encoder_in, encoder_on, encoder_bias, rows[i, s], state, gates)
        # The decoder draws backwards, the last row first, from the encoder's state alone.
        _step(decoder_in, decoder_on, decoder_bias, state[0], state, gates)
        total = 0.0
        for m in range(k):
            drawn = np.float64(out_bias[m])
            for j in range(h):
                drawn += out[m, j] * state[0, j]
            step = drawn - rows[i, steps - 1, m]
            total += step * step
        scores[i] = total / k
