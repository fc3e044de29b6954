"""Training rows standardised as in service: each by its sensor's own healthy mean and deviation before it."""

import numpy as np

from models.features.extractors import WINDOW_FEATURES
from models.serving.reference import Reference
from models.training.feature_rows import FeatureRows
from models.training.standardised import Standardised
from models.windows import baseline
from models.windows.baseline import SETTLED_ROWS
from models.windows.sensor_state import SENSOR
from models.windows.state import ANOMALY_OPEN, UNHEALTHY


def standardise(rows: FeatureRows, new_normal_from_us: int | None = None) -> Standardised:
    """Return window feature rows as z-scores by the sensors' own means and deviations.

    Rows with an open anomaly, of an unhealthy sensor, still learning, labelled as faults, or before a sensor's
    baseline has settled, may not. From `new_normal_from_us` on an open anomaly does not count: what it raised for was
    taken for the new normal state. Raises ValueError on other columns.
    """
    if rows.columns != WINDOW_FEATURES:
        raise ValueError(f"rows have {len(rows.columns)} columns, not those of windows")
    n, k = rows.values.shape
    states = np.zeros(len(rows.sensors), SENSOR)
    states["changed_in"] = -1
    flags = rows.flags.copy()
    if new_normal_from_us is not None:
        flags[rows.start_ts_us >= new_normal_from_us] &= ~ANOMALY_OPEN
    # A labelled fault teaches the baseline as little as the models.
    flags[rows.fault] |= UNHEALTHY
    learned = np.empty(n, np.int64)
    usual, z = np.empty((2, n, k))
    may_learn = np.empty(n, np.bool_)
    values = np.ascontiguousarray(rows.values, np.float64)
    no_fleet = np.zeros(1, SENSOR)
    baseline.standardise(
        states, rows.sensor, flags, np.zeros(n, np.int64), values, 0, learned, usual, z, may_learn, no_fleet
    )
    names = {name: at for at, name in enumerate(rows.sensors)}
    reference = Reference(
        names, states["mean"].copy(), states["variance"].copy(), states["learned"].copy(),
        new_normal_from_us or int(rows.start_ts_us.min(initial=0)), int(rows.ts_us.max(initial=0)),
    )  # fmt: skip
    return Standardised(z, may_learn & (learned >= SETTLED_ROWS), reference)
