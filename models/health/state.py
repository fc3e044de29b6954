"""What is kept of a sensor's health, and the record that tells of a change."""

import numpy as np

STATES: tuple[str, ...] = ("ok", "stuck", "clipped", "out_of_range", "silent", "gap", "noisy")
"""Names of the values of `state`."""

OK, STUCK, CLIPPED, OUT_OF_RANGE, SILENT, GAP, NOISY = range(len(STATES))

LOW, HIGH = 0, 1
"""Places of what is kept for each side of the range."""

HEALTH_LEARNED = [
    ("health_run_ts_us", "<i8"),  # when the present run of equal readings began
    ("health_rail", "<f8", (2,)),  # by side: the extreme of late
    ("health_period_us", "<f4"),  # usual time between readings
    ("health_longest_us", "<f4"),  # longest healthy time between readings
    ("health_quantum", "<f4"),  # smallest change seen
    ("health_move", "<f4"),  # usual size of a change
    ("health_rough", "<f4"),  # mean |second difference| of late
    ("health_rough_usual", "<f4"),
    ("health_turns", "<f4"),  # share of readings, of late, at which the series turned round
    ("health_run", "<i4"),  # equal readings in a row
    ("health_longest_run", "<i4"),  # of the healthy ones
    ("health_repeats", "<u2"),  # readings equal to the one before; halved with the next two
    ("health_ups", "<u2"),
    ("health_downs", "<u2"),
    ("health_missing", "<u2"),  # readings without a value in a row
    ("health_idle", "u1", (2,)),  # counts up while the rail is not touched; 255: it is not any more
    ("health_age", "u1", (2,)),  # readings since touches are counted
    ("health_most_touches", "u1"),  # of a rail, while healthy
    ("health_touches", "u1", (2,)),
    ("health_near", "u1", (2,)),  # readings close to the rail that did not touch it
    ("health_away", "u1", (2,)),  # whether the series left the rail after the last touch
    ("health_jumped", "u1"),  # whether the present run began with a jump
    ("health_steady", "u1"),  # how surely sequence numbers count this sensor's readings one by one
    ("health_outside", "u1"),  # readings out of range in a row
    ("health_rough_run", "u1"),  # readings in a row that were far too rough
    ("health_good", "u1"),  # good readings in a row
    ("health_blocks", "u1"),  # novelty blocks still to come until none from before the last fault is looked at
]
"""Fields of the series' record that are learned; they go before its open anomalies."""

HEALTH_TOLD = [
    ("health_since_us", "<i8"),  # estimated onset of the present state; 0 where it is ok
    ("health_state", "u1"),  # as last told
    ("health_side", "u1"),  # of the rail that is touched, where clipped
]
"""Fields that stay when a series learns anew."""

HEALTH_CHANGE = np.dtype(
    [
        ("position", "<i8"),  # of the input reading that caused it, or at which a silent sensor was missed
        ("ts_us", "<i8"),
        ("since_ts_us", "<i8"),  # estimated onset
        ("offset", "<i8"),  # the reading that completed this change; of a silent sensor its last one
        ("index", "<i4"),
        ("row", "<i4"),
        ("state", "<i4"),
        ("before", "<i4"),
        ("value", "<f8"),  # of that reading; NaN where missing, and where silent
        ("amount", "<f8"),  # equal readings, touches of the rail, missing readings, times the usual roughness, or s
    ],
    align=True,
)
"""What `SeriesBank.advance` reports: one record for each change of a sensor's health."""
