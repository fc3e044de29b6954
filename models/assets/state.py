"""The state of one asset: a head, and one slot for each of its first 16 sensors in order of arrival.

Only the slots in use are stored. A slot is known by the digest of its sensor's name, because rows of sensors are dealt
anew after a restart. The record starts with the source position that it has taken in.
"""

import numpy as np

STATE_VERSION = 3
SENSORS = 16
"""Sensors of an asset that are judged together; those that arrive later are left to their own detectors."""

SOUND, SUSPECT, FAULTY, ANEW = range(4)
"""Health of a reading: it teaches; it is judged but teaches nothing (an anomaly is open); it is taken for missing;
so is the last, from which on its sensor means something else: the relations of its asset are learned anew."""

SHORT = 5
SHORT_MEAN, SLOW_MEAN, ENERGY, OVERALL = range(4)
STATISTICS = 3
"""Statistics of a sensor's residual: mean of the last `SHORT` ticks, moving average, moving average of its size.

The fourth, `OVERALL`, is of all sensors together."""

HEAD = np.dtype(
    [
        ("applied_offset", "<i8"),
        ("applied_index", "<i4"),
        ("version", "u1"),
        ("sensors", "i1"),
        ("open", "i1"),
        ("pending", "u1"),  # ticks in a row beyond the raise threshold
        # ticks: the length (0: not known yet), where the first began, and the number of the one that is filling
        ("tick_us", "<i8"),
        ("phase_us", "<i8"),
        ("tick", "<i8"),
        ("learned", "<i8"),  # ticks that taught
        # all sensors together
        ("distance", "<f8"),
        ("reference", "<f8"),
        ("maxima_mean", "<f8", (1,)),
        ("maxima_var", "<f8", (1,)),
        ("present_max", "<f8", (1,)),
        ("unit", "<f8", (1,)),
        ("calibrated", "<i8"),
        ("maxima_count", "<i4"),
        # decision
        ("returning", "<i4"),  # ticks in a row within the clear threshold
        ("open_ticks", "<i4"),  # of the open anomaly
        ("settling", "<i4"),  # ticks until the references have settled after one
        ("mean_score", "<f8"),  # running mean of the open anomaly
        ("learn_ticks", "<i4"),  # the constant that this state was learned with
        ("suspect_ts_us", "<i8"),  # since when the score is above the largest healthy one; 0: it is not
        ("suspect_offset", "<i8"),
        ("anomaly_offset", "<i8"),  # where it was raised
        ("anomaly_index", "<i4"),
        ("named", "i1"),  # slot of the sensor that was named first
        ("which", "i1"),  # the statistic that told of it
        ("start_ts_us", "<i8"),
        ("first_offset", "<i8"),
        ("peak", "<f8"),
    ],
    align=True,
)

SLOT = np.dtype(
    [
        ("key", "<i8"),
        ("ts_us", "<i8"),  # of the last reading
        ("value", "<f8"),
        ("period_us", "<f8"),
        ("intervals", "<i4"),
        ("ticks", "<i4"),  # that taught its moments
        ("mean", "<f8"),
        ("moments", "<f8", (SENSORS,)),  # covariance with the slots up to itself
        ("weights", "<f4", (SENSORS,)),  # its row of the precision matrix of standardised values
        # residual: latest ones, the statistics, what is usual for them and the maxima of what is not
        ("latest", "<f4", (SHORT,)),
        ("foretold", "<f4"),  # from its own values; usual square of its steps from there, and the largest one of late
        ("step_square", "<f4"),
        ("largest_step", "<f4"),
        ("statistic", "<f8", (STATISTICS,)),
        ("reference", "<f8", (STATISTICS,)),
        ("maxima_mean", "<f8", (STATISTICS,)),
        ("maxima_var", "<f8", (STATISTICS,)),
        ("present_max", "<f8", (STATISTICS,)),
        ("unit", "<f8", (STATISTICS,)),
        ("calibrated", "<i4"),  # ticks that taught its residuals
        ("maxima_count", "<i4"),
        ("health", "u1"),
    ],
    align=True,
)

HEAD_BYTES = HEAD.itemsize
SLOT_BYTES = SLOT.itemsize

assert HEAD_BYTES + SENSORS * SLOT_BYTES <= 8192
