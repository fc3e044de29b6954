"""The state of one series: a hot record that every reading changes, and cold pages that change rarely.

Levels are kept as differences from `base`, the first value, so that float32 and moving averages stay exact far from
zero.
The record starts with the source position that it has taken in: readings at or before it are skipped after a restart.
"""

import numpy as np

from models.detectors.ar_residual import AR_RESIDUAL_FIELDS
from models.detectors.change_point import CHANGE_POINT_FIELDS
from models.detectors.seasonal import SEASONAL_FIELDS
from models.detectors.seasonal_novelty import SEASONAL_NOVELTY_FIELDS
from models.features.names import FEATURE_NAMES, TOLD
from models.health.state import HEALTH_LEARNED, HEALTH_TOLD
from models.windows.state import WINDOW_FIELDS

STATE_VERSION = 5
RING = 20
BLOCKS = 16
VIEWS = 6
RECENT = 32
LARGEST_VALUE = 1e30
"""Larger readings are taken as this, so that squares stay finite."""

HOT = np.dtype(
    [
        ("applied_offset", "<i8"),
        ("applied_index", "<i4"),
        ("version", "u1"),
        ("held", "u1"),  # readings in the reorder buffer
        ("open", "u1", (2,)),  # by kind of anomaly
        # ordering
        ("last_ts_us", "<i8"),  # of the last reading put in its place
        ("max_ts_us", "<i8"),  # of all that arrived
        ("heard_us", "<i8"),  # the partition's clock when the last one arrived, neither a duplicate nor late
        ("last_seq", "<i8"),
        ("max_seq", "<i8"),
        ("seen_seqs", "<i8"),  # bit k: max_seq - k has arrived
        ("placed", "<i8"),  # readings put in their place, missing ones too
        ("recent_ts", "<u4", (RECENT,)),  # hashes of the last times put in their place
        # features
        ("readings", "<i8"),  # with a value
        ("learned", "<i8"),  # of these, the ones that taught the references
        ("base", "<f8"),
        ("value_ts_us", "<i8"),
        ("rate_per_s", "<f8"),
        ("ring", "<f8", (RING,)),  # the newest first
        ("ema_12", "<f8"),
        ("ema_26", "<f8"),
        ("macd_signal", "<f8"),
        ("ewma", "<f8"),
        ("feature_mean", "<f4", (TOLD,)),
        ("feature_var", "<f4", (TOLD,)),
        # novelty: the block being filled, the latest blocks, calibration of each view, the present run of emissions
        ("block_sum", "<f8"),
        ("block_low", "<f8"),
        ("block_high", "<f8"),
        ("block_ts_us", "<i8"),
        ("block_offset", "<i8"),
        ("block_fill", "<i4"),
        ("blocks", "<i4"),
        ("block_means", "<f4", (BLOCKS,)),
        ("block_lows", "<f4", (BLOCKS,)),
        ("block_highs", "<f4", (BLOCKS,)),
        ("block_lasts", "<f4", (4,)),
        ("seen_low", "<f8"),
        ("seen_high", "<f8"),
        ("view_sum", "<f8", (VIEWS,)),
        ("view_square", "<f8", (VIEWS,)),
        ("view_typical", "<f4", (VIEWS,)),
        ("view_peak", "<f4", (VIEWS,)),
        ("view_count", "<u2", (VIEWS,)),
        ("view_next", "<u2", (VIEWS,)),
        ("run_best", "<f8"),
        ("run_at", "<i8"),
        ("fatigue", "<f8"),
        ("novelty_score", "<f8"),  # of the last full block
        # robust z
        ("reference", "<f8"),
        ("maxima_mean", "<f8"),
        ("maxima_var", "<f8"),
        ("present_max", "<f8"),
        ("unit", "<f8"),
        ("deviation_product", "<f8"),  # of deviations a block apart, and their square: how alike blocks are
        ("deviation_square", "<f8"),
        ("last_deviation", "<f8"),
        ("maxima_fill", "<i4"),
        ("maxima_count", "<i4"),
        # range guard
        ("range_low", "<f8"),
        ("range_high", "<f8"),
        # decision
        ("pending", "<i4"),  # readings beyond the raise threshold in a row
        ("settling", "<i4"),  # readings until the reference has settled after an episode
        ("pending_ts_us", "<i8"),
        ("pending_offset", "<i8"),
        *HEALTH_LEARNED,
        *SEASONAL_FIELDS,
        *SEASONAL_NOVELTY_FIELDS,
        *AR_RESIDUAL_FIELDS,
        *CHANGE_POINT_FIELDS,
        *WINDOW_FIELDS,
        ("anomaly_offset", "<i8", (2,)),  # by kind: where it was raised
        ("first_offset", "<i8", (2,)),
        ("start_ts_us", "<i8", (2,)),
        ("episode_mean", "<f8"),  # running mean of |z| of the open episode
        ("anomaly_index", "<i4", (2,)),
        ("peak", "<f4", (2,)),
        *HEALTH_TOLD,
        ("returning", "<i4"),  # readings of the open episode in a row that are back
        ("episode_readings", "<i4"),  # readings since it was raised
        # the constants that this state was learned with
        ("learn_readings", "<i4"),
        ("novelty_memory", "<i4"),
    ],
    align=True,
)
HOT_BYTES = HOT.itemsize

_NAMES: tuple[str, ...] = HOT.names or ()
LEARNED_FIELDS = _NAMES[_NAMES.index("readings") : _NAMES.index("anomaly_offset")]
"""Everything from features to suspicion; the rest is order in time and open anomalies."""

PAGE_BYTES = 512
PAGE_FLOATS = PAGE_BYTES // 4
HELD_PAGE, REGIME_PAGE, SEASONAL_PAGE, CHANGE_POINT_PAGE = range(4)
NOVELTY_PAGE = 6
"""The first of the novelty memory; the change point's window takes two."""
HELD_CAPACITY = 14

HELD = np.dtype(
    [
        ("ts_us", "<i8", (HELD_CAPACITY,)),
        ("value", "<f8", (HELD_CAPACITY,)),
        ("seq", "<i8", (HELD_CAPACITY,)),
        ("offset", "<i8", (HELD_CAPACITY,)),
        ("index", "<i4", (HELD_CAPACITY,)),
        ("spare", "<i8"),
    ]
)
"""The reorder buffer, in order of time."""

FEATURES = len(FEATURE_NAMES)

assert HELD.itemsize == PAGE_BYTES
