"""Profiles do not hear the gain, and machines of a type are alike after their baselines."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.sound.profile import BANDS, CLIP_COLUMNS, LEAST_SPREAD, MachineBaseline, fit_baseline, profiles
from schemas.errors import BadDataError


def _clips(n: int, seed: int = 0) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return np.hstack([rng.normal(-6.0, 1.0, (n, BANDS)), rng.uniform(0.2, 0.5, (n, BANDS))])


def test_a_profile_is_mean_less_a_share_of_the_deviation_about_the_level() -> None:
    clips = _clips(3)
    quiet = clips[:, :BANDS] - 0.75 * clips[:, BANDS:]
    assert np.allclose(profiles(clips), quiet - quiet.mean(axis=1, keepdims=True), atol=1e-12)


def test_gain_changes_nothing() -> None:
    clips, louder = _clips(3), _clips(3)
    louder[:, :BANDS] += np.log(10.0)
    assert np.allclose(profiles(louder), profiles(clips), atol=1e-12)


def test_a_baseline_makes_its_own_clips_standard_and_takes_shift_and_scale_of_a_machine_away() -> None:
    clips = _clips(200)
    other = clips * 2.0 + np.hstack([np.linspace(0.0, 3.0, BANDS), np.zeros(BANDS)])
    standard = fit_baseline(clips).standard(clips)
    assert np.allclose(standard.mean(axis=0), 0.0, atol=1e-12)
    assert np.allclose(standard.std(axis=0), 1.0)
    assert np.allclose(fit_baseline(other).standard(other), standard, atol=1e-9)


def test_a_band_that_hardly_moves_is_not_magnified() -> None:
    clips = _clips(200)
    quiet = profiles(clips)
    clips[:, 0] += quiet.mean(axis=0)[0] - quiet[:, 0]
    baseline = fit_baseline(clips)
    assert baseline.spread.min() >= LEAST_SPREAD * np.median(baseline.spread) * (1.0 - 1e-9)


def test_unknown_bands_stay_unknown_and_do_not_move_the_others() -> None:
    clips = _clips(40)
    baseline = fit_baseline(clips)
    clips[0, 5] = np.nan
    clips[1, BANDS + 7] = np.inf
    standard = baseline.standard(clips)
    assert np.flatnonzero(np.isnan(standard[0])).tolist() == [5]
    assert np.flatnonzero(np.isnan(standard[1])).tolist() == [7]
    assert np.isfinite(standard[2:]).all()


def test_a_baseline_is_its_arrays() -> None:
    clips = _clips(40)
    baseline = fit_baseline(clips)
    loaded = MachineBaseline.from_arrays(baseline.arrays())
    assert np.array_equal(loaded.standard(clips), baseline.standard(clips))


def test_few_clips_and_other_columns_are_refused() -> None:
    with pytest.raises(BadDataError, match="after 31 clips"):
        fit_baseline(_clips(31))
    with pytest.raises(BadDataError, match=f"{len(CLIP_COLUMNS)} columns"):
        profiles(np.zeros((2, 64)))
