"""What is kept of a microphone: order, the sound of the next frames, sums, what was learned, what is open."""

import numpy as np

from models.sound.transition import DETECTORS

KEPT_ROWS = 40
"""Profiles of clips kept to learn from; of more, so many are kept, evenly."""

SOUND_STATE = np.dtype(
    [
        ("applied_offset", "<i8"),
        ("version", "<i8"),
        ("constants", "<u8"),
        # Order in time; bit k of `seen`: last_seq − k has come.
        ("last_ts_us", "<i8"),
        ("last_length_us", "<i8"),
        ("last_seq", "<i8"),
        ("seen", "<u8"),
        ("frames", "<i8"),
        ("rate_hz", "<i8"),
        ("channels", "<i8"),
        # The present run of sound without a hole: time of its first sample, samples heard at its own rate.
        ("anchor_us", "<i8"),
        ("heard", "<i8"),
        ("missing_us", "<i8"),
        # The same at the rate of the analysis; frames of sound, hops, and what the open hop holds.
        ("run_missing_us", "<i8"),
        ("run_samples", "<i8"),
        ("run_frames", "<i8"),
        ("run_hops", "<i8"),
        ("hop_frames", "<i8"),
        ("hop_deltas", "<i8"),
        ("tail_samples", "<i8"),
        # Learning.
        ("clips", "<i8"),
        ("learned", "<i8"),
        ("is_learned", "<i8"),
        ("kept_rows", "<i8"),
        ("level", "<f8"),
        ("swing", "<f8"),
        ("rms", "<f8"),
        # Calibration: maxima of the score over stretches of healthy clips.
        ("calibrated", "<i8"),
        ("maxima_mean", "<f8", (len(DETECTORS),)),
        ("maxima_var", "<f8", (len(DETECTORS),)),
        ("maxima_count", "<i8", (len(DETECTORS),)),
        ("stretch_max", "<f8", (len(DETECTORS),)),
        ("stretch_fill", "<i8", (len(DETECTORS),)),
        ("champion", "<u8"),  # which one, or which canary, the maxima of the second detector are of
        ("met", "<u8"),  # the champion that brought what is normal, or found it so
        # Decision.
        ("open", "<i8"),
        ("anomaly_offset", "<i8"),
        ("anomaly_index", "<i8"),
        ("pending", "<i8"),
        ("pending_ts_us", "<i8"),
        ("pending_offset", "<i8"),
        ("returning", "<i8"),
        ("returning_ts_us", "<i8"),
        ("peak_score", "<f8"),
        # Health of the microphone.
        ("health", "<i8"),
        ("health_before", "<i8"),
        ("health_since_us", "<i8"),
        ("health_bad", "<i8"),
        ("health_bad_run", "<i8"),
        ("health_bad_ts_us", "<i8"),
        ("health_good_run", "<i8"),
        ("unusable_hops", "<i8"),
        # Silence, by the time that other microphones tell: the interval of frames, the longest healthy one, and the
        # partition's clock when the last frame came, neither a duplicate nor late.
        ("health_period_us", "<f8"),
        ("health_longest_us", "<f8"),
        ("heard_us", "<i8"),
        ("unheard", "<i8"),  # no frame came since it was missed
    ]
)
STATE_BYTES = SOUND_STATE.itemsize

RUN_FIELDS = ("run_missing_us", "run_samples", "run_frames", "run_hops", "hop_frames", "hop_deltas", "tail_samples")
"""Of the present run of sound, as the analysis sees it."""

LEARNED_FIELDS = (
    *("clips", "learned", "is_learned", "kept_rows", "level", "swing", "rms"),
    *("calibrated", "maxima_mean", "maxima_var", "maxima_count", "stretch_max", "stretch_fill", "champion", "met"),
)
"""What goes where clips are made or learned in another way."""
