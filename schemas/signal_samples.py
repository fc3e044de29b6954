"""The samples of a signal block, from an array of numbers or from bytes."""

from base64 import b64decode
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.message_fields import refuse_type
from schemas.refusal import RefusedError

_DTYPES: dict[str, np.dtype[Any]] = {"f4": np.dtype("<f4"), "i2": np.dtype("<i2")}


def float_samples(samples: object, dtype: str | None, scale: float) -> NDArray[np.float32]:
    """Return finite float32, at least one, from numbers, little-endian bytes of `dtype` (None is f4) or base64."""
    known = _DTYPES.get("f4" if dtype is None else dtype)
    if known is None:
        raise RefusedError("unsupported_format", f"dtype {(dtype or '')[:40]!r} is none of f4, i2")
    if isinstance(samples, str):
        samples = _base64(samples)
    if isinstance(samples, bytes):
        if len(samples) % known.itemsize:
            raise RefusedError("wrong_shape", f"{len(samples)} bytes are no whole number of samples")
        wide = np.frombuffer(samples, known).astype(np.float64)
    elif isinstance(samples, list):
        wide = _numbers(samples)
    else:
        refuse_type("samples", "an array of numbers or bytes", samples)
    if not len(wide):
        raise RefusedError("wrong_shape", "samples is empty")
    with np.errstate(over="ignore", invalid="ignore"):
        narrow = (wide * scale).astype(np.float32)
    if not np.isfinite(narrow).all():
        raise RefusedError("not_finite", f"sample {int(np.argmin(np.isfinite(narrow)))} is no finite float32")
    return narrow


def _base64(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise RefusedError("wrong_type", "samples as text must be base64") from error


def _numbers(samples: list[Any]) -> NDArray[np.float64]:
    others = set(map(type, samples)) - {int, float}
    if list in others:
        raise RefusedError("wrong_shape", "samples must be one row of numbers, not rows of rows")
    if others:
        other = next(sample for sample in samples if type(sample) in others)
        refuse_type("every sample", "a number", other)
    try:
        return np.array(samples, np.float64)
    except OverflowError as error:
        raise RefusedError("not_finite", "a sample is beyond the range of a float") from error
