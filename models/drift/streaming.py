"""What three well-known detectors say to a sequence: where ADWIN, Page-Hinkley and KSWIN noticed a change.

They say when they noticed, not when it changed. Sources: Bifet and Gavaldà (2007), Learning from time-changing data
with adaptive windowing; Page (1954), Continuous inspection schemes; Raab et al. (2020), Reactive soft
prototype computing for concept drift streams.
"""

from collections.abc import Callable
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SEED = 20


def _adwin() -> Any:
    from river import drift

    return drift.ADWIN(delta=0.002, clock=1)  # type: ignore[no-untyped-call]


def _page_hinkley() -> Any:
    from river import drift

    return drift.PageHinkley(min_instances=10, delta=0.5, threshold=10.0)


def _kswin() -> Any:
    from river import drift

    return drift.KSWIN(alpha=0.0001, window_size=40, stat_size=12, seed=_SEED)


STREAMING: dict[str, Callable[[], Any]] = {"adwin": _adwin, "page_hinkley": _page_hinkley, "kswin": _kswin}
"""Detectors by name, for sequences whose healthy values are standardised."""


def noticed_at(values: NDArray[np.float64], since: int = 0) -> dict[str, int | None]:
    """Return for each detector the first place from `since` on in `values` (n,) where it noticed a change, or None."""
    found: dict[str, int | None] = {}
    for name, make in STREAMING.items():
        detector, place = make(), None
        for at, value in enumerate(values.tolist()):
            if isnan(value):
                continue
            detector.update(value)
            if detector.drift_detected and at >= since:
                place = at
                break
        found[name] = place
    return found
