"""Which features of a lane are watched for drift, and what a change of each speaks for."""

RESIDUAL = "residual"
"""(value − expected) / half of the expected band: how far the model is off, in its own measure."""

RELATION = "relation"
"""Fisher-transformed correlation of two sensors of an asset."""

_SHAPE = ("std", "crest_factor", "skewness", "kurtosis", "crossings_per_sample")
_SPECTRUM = ("spectral_entropy", "band_1_share", "band_4_share")

WATCHED: dict[str, tuple[str, ...]] = {
    "readings": ("mean", *_SHAPE, "spectral_centroid_per_sample", *_SPECTRUM),
    "signals": ("rms", *_SHAPE, "spectral_centroid_hz", *_SPECTRUM, "envelope_peak_1_magnitude", "velocity_rms_mm_s"),
    # Of sound, beside its level, what the gain of a microphone leaves alone.
    "audio": (
        "rms_mean",
        "centroid_hz_mean",
        "bandwidth_hz_mean",
        "roll_off_hz_mean",
        "crossings_mean",
        *(f"contrast_mean_{band:02d}" for band in range(7)),
    ),
}
"""Of the columns of a lane, those that are watched where they are there."""

LEVEL = frozenset({"mean", "rms_mean", RESIDUAL})
"""What an offset of the sensor alone moves."""

OPERATING_TYPES = frozenset({"speed", "rpm", "mode"})
"""Sensor types that tell how an asset is run."""


def watched_columns(lane: str, columns: tuple[str, ...]) -> tuple[list[int], tuple[str, ...]]:
    """Return places and names of the watched columns among `columns`; the residual is added by who has the band."""
    names = tuple(name for name in WATCHED[lane] if name in columns)
    return [columns.index(name) for name in names], names
