"""Random readings that provoke everything: faults, gaps, duplicates, restarts, several readings a message."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from models.tuning import Tuning
from tests.unit.models.driver import Arrivals

SMALL: dict[str, Any] = {"learn_readings": 60, "novelty_memory": 8, "hold_readings": 3, "clear_hold_readings": 4}
"""Constants that let a short series learn, raise and clear."""

tunings = st.builds(lambda grace_s: Tuning(grace_s=grace_s, **SMALL), st.sampled_from([0.0, 4.0]))


@st.composite
def arrivals(draw: st.DrawFn, most: int = 500) -> Arrivals:
    """Return readings of one to three series in order of arrival; the seed decides the rest."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    rows = draw(st.integers(1, 3))
    n = draw(st.integers(1, most))
    row = rng.integers(0, rows, n)
    ts_s = 1_700_000_000 + np.arange(n) + rng.integers(0, 4, n) * rng.integers(0, 2, n)
    value = rng.normal(size=n) + 10.0 * (np.arange(n) // 37 % 5 == 4) * (np.arange(n) > 120)
    value[rng.random(n) < 0.03] = np.nan
    value[rng.random(n) < 0.01] *= 1e6
    seq = np.full(n, -1)
    if draw(st.booleans()):
        seq = np.arange(n) % draw(st.sampled_from([100, 10_000]))
    again = rng.random(n) < 0.1  # the same reading once more
    source = np.arange(n)
    source[again] = np.maximum(source[again] - rng.integers(1, 6, n)[again], 0)
    per_message = draw(st.sampled_from([1, 1, 7]))
    offset = np.arange(n) // per_message * 2 + 5  # with holes
    return Arrivals.of(
        ts_s[source],
        value[source],
        row=row[source],
        seq=seq[source],
        offset=offset,
        index=np.arange(n) % per_message,
    )
