"""The state of an asset's operating mode, and of one series' baselines in each regime."""

import numpy as np

STATE_VERSION = 1
REGIMES = 8
"""Regimes of an asset at most; what comes after belongs to the nearest."""

NONE = -1
"""Number of the regime of an asset that has no mode or speed sensor, or none that has shown a regime yet."""

TRANSIT = -2
"""Number of the regime while the mode or speed is between two."""

WAIT = -3
"""Told of a reading that says nothing yet: its asset may be on the way from one of its modes to another."""

SETTLED = -1

NO_MODE, SPEED, CODE = range(3)
"""What a sensor says of its asset's mode: nothing, a number that varies, or a number that names the mode."""

MODE = np.dtype(
    [
        ("applied_offset", "<i8"),
        ("applied_index", "<i4"),
        ("version", "u1"),
        ("kind", "i1"),
        ("regimes", "i1"),
        ("away", "u1"),  # readings in a row near each other and outside of the present regime; at most min_stay
        ("current", "<i8"),
        ("key", "<i8"),  # digest of the name of the sensor that tells the mode
        ("last", "<f8"),
        ("largest", "<f8"),
        ("noise", "<f8"),  # median size of the step between two readings
        ("away_mean", "<f8"),
        ("centre", "<f8", (REGIMES,)),
        ("readings", "<i8", (REGIMES,)),
    ],
    align=True,
)
MODE_BYTES = MODE.itemsize

BASELINE = np.dtype(
    [
        ("current", "<i4"),  # regime of the last reading
        ("since", "<i4"),  # readings since it changed
        ("near", "<i4"),  # of them in a row close to what is usual; SETTLED: the change is over
        ("home", "<i4"),  # 1 + the regime that values are brought back to; 0: not chosen yet
        ("arrivals", "<i4"),  # changes that ended in what is usual
        ("longest", "<i4"),  # readings that such a change took
        ("slow_mean", "<f8"),  # of this stay in a regime not known yet
        ("known", "<i4", (REGIMES,)),
        ("count", "<i4", (REGIMES,)),
        ("mean", "<f8", (REGIMES,)),
        ("variance", "<f8", (REGIMES,)),
    ],
    align=True,
)
BASELINE_BYTES = BASELINE.itemsize

assert BASELINE_BYTES <= 512
