"""Rows of clips standardised as in service: each by its microphone's own baseline, fitted on its first healthy clips.

A microphone learns from a few minutes; here the baseline is that of the first BASELINE_SHARE of its healthy rows, so
that the last ones, which judge a model, have no part in it.
"""

import numpy as np

from models.sound.clip_model import profiles_and_levels
from models.sound.columns import CLIP_COLUMNS
from models.sound.model_rows import MODEL_COLUMNS, model_rows
from models.sound.profile import FEWEST_CLIPS, baseline_of
from models.sound.reference import SoundReference
from models.training.feature_rows import FeatureRows
from models.training.standardised import Standardised
from models.windows.state import ANOMALY_OPEN, UNHEALTHY

BASELINE_SHARE = 0.6


def standardise_clips(rows: FeatureRows, new_normal_from_us: int | None = None) -> Standardised:
    """Return clip rows, of CLIP_COLUMNS, as MODEL_COLUMNS by the baselines of their microphones.

    Rows with an open anomaly, of an unhealthy microphone or labelled as faults teach nothing; those from which a
    microphone learned do. From `new_normal_from_us` on an open anomaly does not count, and the baseline is that of the
    rows from there on. A microphone with fewer than FEWEST_CLIPS healthy rows has none.
    """
    if rows.columns != CLIP_COLUMNS:
        raise ValueError(f"rows have {len(rows.columns)} columns, not those of clips")
    clips = rows.values.astype(np.float32)
    free, level = profiles_and_levels(clips)
    since = rows.start_ts_us >= (new_normal_from_us or 0)
    refused = UNHEALTHY if new_normal_from_us is not None else ANOMALY_OPEN | UNHEALTHY
    healthy = since & (rows.flags & refused == 0) & ~rows.fault & np.isfinite(free).all(axis=1)
    z, usable = np.full((len(rows), len(MODEL_COLUMNS)), np.nan), np.zeros(len(rows), np.bool_)
    count, bands = len(rows.sensors), free.shape[1]
    mean, spread, usual = np.zeros((count, bands), np.float32), np.ones((count, bands), np.float32), np.zeros(count)
    for number in range(count):
        own = np.flatnonzero(rows.sensor == number)
        known = own[healthy[own]]
        first = known[: max(int(BASELINE_SHARE * len(known)), FEWEST_CLIPS)]
        if len(first) < FEWEST_CLIPS:
            continue
        baseline = baseline_of(free[first].astype(np.float64))
        mean[number], spread[number], usual[number] = baseline.mean, baseline.spread, level[first].mean()
        z[own] = model_rows(clips[own], free[own], mean[number], spread[number])
        usable[known] = True
    return Standardised(z, usable, SoundReference({n: at for at, n in enumerate(rows.sensors)}, mean, spread, usual))
