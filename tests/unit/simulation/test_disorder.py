"""Which readings are disturbed depends on their place only."""

import numpy as np

from models.simulation.disorder import Disorder


def test_shares_are_kept_and_do_not_overlap() -> None:
    disorder = Disorder(0.02, 0.05, seed=4)
    masks = [disorder.of(tick, slice(0, 500)) for tick in range(400)]
    twice, late = np.array([m[0] for m in masks]), np.array([m[1] for m in masks])
    assert abs(twice.mean() - 0.02) < 0.003
    assert abs(late.mean() - 0.05) < 0.004
    assert not (twice & late).any()


def test_the_cut_does_not_matter_but_the_seed_does() -> None:
    disorder = Disorder(0.1, 0.1, seed=4)
    whole = disorder.of(7, slice(0, 300))[0]
    parts = np.concatenate([disorder.of(7, slice(0, 100))[0], disorder.of(7, slice(100, 300))[0]])
    assert np.array_equal(whole, parts)
    assert not np.array_equal(whole, Disorder(0.1, 0.1, seed=5).of(7, slice(0, 300))[0])


def test_without_shares_nothing_is_active() -> None:
    assert not Disorder(0.0, 0.0, seed=0).active
    assert Disorder(0.0, 0.01, seed=0).active
