"""What a person wants to see of a packed series."""

from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.features import rolling
from models.features.names import FEATURE_NAMES
from models.health.state import STATES
from models.kernel import kernel
from models.series_state import HOT, HOT_BYTES
from models.transition import KINDS


@kernel
def _compute(hot: NDArray[np.void], features: NDArray[np.float64]) -> float:
    rolling.compute(hot[0], features)
    return float(hot[0].unit)


def describe(packed: bytes) -> dict[str, Any]:
    """Return a packed hot record as plain values: features, what is expected, what is open, the sensor's health."""
    hot = np.frombuffer(bytearray(packed[:HOT_BYTES]), HOT)
    features = np.empty(len(FEATURE_NAMES))
    _compute(hot, features)
    state = hot[0]
    return {
        "applied_offset": int(state["applied_offset"]),
        "last_ts_us": int(state["last_ts_us"]),
        "readings": int(state["readings"]),
        "learned": int(state["learned"]),
        "held": int(state["held"]),
        "expected": float(state["base"] + state["reference"]),
        "largest_healthy_deviation": float(state["unit"]),
        "open": [kind for kind, is_open in zip(KINDS, state["open"].tolist(), strict=True) if is_open],
        "health": STATES[state["health_state"]],
        "health_since_us": int(state["health_since_us"]),
        "features": {n: v if isfinite(v) else None for n, v in zip(FEATURE_NAMES, features.tolist(), strict=True)},
    }
