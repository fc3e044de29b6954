"""The state of the modes found from the sensors of one asset: a head, and a slot for each of its first 16 sensors.

Only the slots in use are stored; a slot is known by the digest of its sensor's name. Values are kept as differences
from the first one, `origin`, so that float32 is exact far from zero.
"""

import numpy as np

STATE_VERSION = 1
SENSORS = 16
"""Sensors of an asset whose modes are looked for together; those that arrive later are only told the mode."""

STATES = 6
"""Joint states of an asset at most."""

HEAD = np.dtype(
    [
        ("applied_offset", "<i8"),
        ("applied_index", "<i4"),
        ("version", "u1"),
        ("sensors", "i1"),
        ("states", "i1"),  # that were seen
        ("modes", "u1"),  # bit k: state k is a mode
        # looking for modes
        ("find_blocks", "<i4"),  # of the learning stretch
        ("blocks", "<i4"),
        ("stay", "<i4"),  # settled blocks in a row
        ("unsettled", "<i4"),  # blocks since the last visit
        ("longest_change", "<i4"),  # blocks that such a change took
        ("stayed", "<i4", (STATES,)),  # blocks
        ("visits", "u1", (STATES,)),
        ("full", "i1"),  # sensors that have filled the present block
        ("creeps", "i1"),
        ("visited", "i1"),  # state of the last visit; NONE: there was none
        ("here", "i1"),  # state of this stay; NONE: it is too short, or was left without a jump
        # following the modes known
        ("is_known", "u1"),  # the modes explain the asset, which is followed through them
        ("current", "i1"),  # the mode, or NONE
        ("off", "i1"),  # sensors that are not where they are in it
        ("match", "i1"),  # the mode that it seems to be in while away
        ("matched", "<i4"),  # readings in a row
        ("away", "<i4"),  # readings since the asset left its mode; 0: it has not
    ],
    align=True,
)

SLOT = np.dtype(
    [
        ("key", "<i8"),
        ("origin", "<f8"),
        ("value", "<f4"),
        ("mean", "<f4"),  # of the present block, and squared deviations
        ("squares", "<f4"),
        ("last_mean", "<f4"),  # of the block before
        ("scale", "<f4"),  # usual standard deviation within a block
        ("centre", "<f4", (STATES,)),
        ("spread", "<f4", (STATES,)),
        ("fill", "u1"),  # readings of the present block
        ("blocks", "u1"),  # that taught the scale, as far as they count
        ("is_off", "u1"),
        ("off_readings", "u1"),  # in a row
        ("knows", "u1"),  # bit k: where it is in state k is known
        ("is_begun", "u1"),
    ]
)

HEAD_BYTES = HEAD.itemsize
SLOT_BYTES = SLOT.itemsize
