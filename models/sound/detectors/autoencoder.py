"""Autoencoder: how badly a small network that learned to repeat normal profiles repeats this one.

Trained by torch, served without it from plain arrays.
Source: Koizumi, Y. et al. (2020), Description and discussion on DCASE 2020 challenge task 2 (the baseline's kind).
"""

from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.detectors.row_detector import Arrays, check_columns, standard_rows
from models.kernel import kernel
from models.sound.detectors.normal_rows import normal_rows

HIDDEN: tuple[int, ...] = (48, 16, 48)
EPOCHS = 200
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 1e-3
_LAYERS = len(HIDDEN) + 1


class Autoencoder:
    """A detector by a network; `weight_0` (in, out) to `weight_3` and `bias_0` (out,) to `bias_3` float32."""

    def __init__(self, columns: tuple[str, ...], arrays: Arrays) -> None:
        check_columns(columns)
        self.columns = columns
        self._weights = [np.array(arrays[f"weight_{i}"], np.float32) for i in range(_LAYERS)]
        self._biases = [np.array(arrays[f"bias_{i}"], np.float32) for i in range(_LAYERS)]

    def score(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean squared errors (n,) of standard profiles (n, b), NaN for unknown ones."""
        z, judged = standard_rows(x, self.columns)
        values = z
        for i, (weight, bias) in enumerate(zip(self._weights, self._biases, strict=True)):
            following = np.empty((len(z), len(bias)), np.float32)
            _layer(values, weight, bias, i + 1 < _LAYERS, following)
            values = following
        scores = np.empty(len(z))
        _errors(z, values, scores)
        scores[~judged] = np.nan
        return scores

    def arrays(self) -> Arrays:
        """Return the arrays by name."""
        own = {f"weight_{i}": weight for i, weight in enumerate(self._weights)}
        return own | {f"bias_{i}": bias for i, bias in enumerate(self._biases)}

    @classmethod
    def from_arrays(cls, columns: tuple[str, ...], arrays: Arrays) -> Self:
        """Return the detector that had these arrays."""
        return cls(columns, arrays)


def fit_autoencoder(x: NDArray[np.float64], columns: tuple[str, ...], seed: int) -> Autoencoder:
    """Return a detector fitted on normal standard profiles (n, b); raises BadDataError when they are too few."""
    import torch

    rows = normal_rows(x, columns)
    threads = torch.get_num_threads()
    # The layers are too small to share: threads would only wait for each other.
    torch.set_num_threads(1)
    try:
        layers = _trained(rows, seed)
    finally:
        torch.set_num_threads(threads)
    return Autoencoder(columns, layers)


def _trained(rows: NDArray[np.float32], seed: int) -> dict[str, NDArray[np.generic]]:
    """Return weights and biases by name."""
    import torch

    given = torch.from_numpy(rows)
    widths = (rows.shape[1], *HIDDEN, rows.shape[1])
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        layers = [torch.nn.Linear(a, b) for a, b in pairwise(widths)]
        parts: list[torch.nn.Module] = [part for layer in layers for part in (layer, torch.nn.ReLU())]
        network = torch.nn.Sequential(*parts[:-1])
        optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        for _ in range(EPOCHS):
            optimiser.zero_grad()
            torch.nn.functional.mse_loss(network(given), given).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    arrays: dict[str, NDArray[np.generic]] = {}
    for i, layer in enumerate(layers):
        arrays[f"weight_{i}"] = np.ascontiguousarray(layer.weight.detach().numpy().T)
        arrays[f"bias_{i}"] = layer.bias.detach().numpy()
    return arrays


@kernel
def _layer(
    rows: NDArray[np.float32],
    weight: NDArray[np.float32],
    bias: NDArray[np.float32],
    cut: bool,
    out: NDArray[np.float32],
) -> None:
    """Write rows · weight + bias, below 0 cut to 0 if `cut`."""
    for i in range(len(rows)):
        sums = out[i]
        for a in range(len(bias)):
            sums[a] = bias[a]
        for j in range(rows.shape[1]):
            at, adds = rows[i, j], weight[j]
            for a in range(len(sums)):
                sums[a] += at * adds[a]
        if cut:
            for a in range(len(sums)):
                sums[a] = max(sums[a], np.float32(0.0))


@kernel
def _errors(rows: NDArray[np.float32], repeated: NDArray[np.float32], scores: NDArray[np.float64]) -> None:
    for i in range(len(rows)):
        total = 0.0
        for j in range(rows.shape[1]):
            error = np.float64(repeated[i, j]) - rows[i, j]
            total += error * error
        scores[i] = total / rows.shape[1]
