"""What is kept of the window that a series is filling, and the record that tells of one that fell due."""

import numpy as np

LONGEST_WINDOW = 64
MOST_HOPS = 8
"""That a window may reach into: times and offsets are kept for each."""

WINDOW_FIELDS = [
    ("window_ring", "<f4", (LONGEST_WINDOW,)),  # sample n of the run at place n % 64, as difference from base
    ("window_mark_us", "<i8", (MOST_HOPS,)),  # time of the first sample of each hop of late
    ("window_mark_offset", "<i8", (MOST_HOPS,)),
    ("window_run", "<i8"),  # samples since the last break
    ("window_imputed", "<u8"),  # bit k: the sample k before the last one is imputed
    ("window_ts_us", "<i8"),  # of the last reading
    ("window_seq", "<i8"),
    ("window_late_us", "<f4"),  # how late it came on the grid
    ("window_regular", "<f4"),  # share of regular intervals
    ("window_hop", "<i4"),
]
"""Fields of the series' record; they are learned."""

IMPUTED, ANOMALY_OPEN, UNHEALTHY, LEARNING = 1, 2, 4, 8
"""Flags of a row."""

WINDOW = np.dtype(
    [
        ("row", "<i8"),  # of the series
        ("position", "<i8"),  # of the reading that completed it, in the columns handed to `advance`
        ("offset", "<i8"),
        ("index", "<i8"),
        ("first_offset", "<i8"),
        ("ts_us", "<i8"),
        ("start_ts_us", "<i8"),
        ("samples", "<i8"),
        ("number", "<i8"),  # hops since the last break
        ("flags", "<i8"),
        ("is_first", "<i8"),  # since its series began to learn, or learns anew
        ("value", "<f8"),  # the last sample, and the band of the expected there; NaN while learning
        ("expected", "<f8"),
        ("low", "<f8"),
        ("high", "<f8"),
    ]
)
"""What `SeriesBank.advance` tells of a window beside its samples."""
