"""Rows with the scores that training got for them: what a model must still say before it may serve."""

import numpy as np
from numpy.typing import NDArray

from models.array_file import pack_arrays, unpack_arrays
from models.serving.served_model import ServedModel
from schemas.errors import BadDataError, RefusedModelError

CANARY_ROWS = 16
_TOLERANCE = 1e-5


def make_canary(model: ServedModel, rows: NDArray[np.float64]) -> bytes:
    """Return rows (n, k), or (n, c + 1, k), of the model's columns with their scores and p-values."""
    scores, p_values, _ = model.judge(rows, model.columns)
    return pack_arrays({"rows": rows.astype(np.float64), "scores": scores, "p_values": p_values}, {})


def check_canary(model: ServedModel, content: bytes) -> None:
    """Raise RefusedModelError unless the model gives what training got, finite and to five digits."""
    try:
        arrays, _ = unpack_arrays(content)
        rows, told = arrays["rows"], [arrays["scores"], arrays["p_values"]]
        found = model.judge(rows, model.columns)[:2]
    except (KeyError, IndexError, ValueError, BadDataError) as error:
        raise RefusedModelError(f"its canaries cannot be scored ({error!r}); train it again.", "canary") from None
    for name, wanted, got in zip(("scores", "p-values"), told, found, strict=True):
        if not len(got) or not np.isfinite(got).all():
            raise RefusedModelError(f"its canaries get {name} that are not finite; train it again.", "canary")
        if got.shape != wanted.shape or not np.allclose(got, wanted, rtol=_TOLERANCE, atol=_TOLERANCE):
            raise RefusedModelError(f"its canaries get other {name} than in training; train it again.", "canary")
