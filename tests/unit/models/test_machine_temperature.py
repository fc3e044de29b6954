"""The known failures of a real machine come out with the defaults, and little else."""

import numpy as np

from models.series import SeriesBank
from models.transition import EPISODE
from models.tuning import Tuning
from tests.unit.models.driver import Arrivals, feed
from tests.unit.models.nab import MACHINE_TEMPERATURE, nab_series, nab_windows


def test_the_known_failures_are_raised_and_few_others() -> None:
    ts_s, value = nab_series(MACHINE_TEMPERATURE)
    transitions = feed(SeriesBank(Tuning()), Arrivals.of(ts_s, value)).transitions
    up = transitions[transitions["raised"]]
    at = up["ts_us"] / 1e6
    windows = nab_windows(MACHINE_TEMPERATURE)
    inside = np.zeros((len(windows), len(up)), np.bool_)
    for k, (start, end) in enumerate(windows):
        inside[k] = (at >= start) & (at <= end)
    # The first, second and fourth; of the third, weeks before the failure, no causal detector here is sure.
    assert np.any(inside[[0, 1, 3]], axis=1).all()
    assert len(up[~np.any(inside, axis=0)]) <= 4
    # The last is a state that the machine was in, not only a surprise; nothing else was one.
    episodes = inside[:, up["kind"] == EPISODE]
    assert np.any(episodes[3])
    assert np.any(episodes, axis=0).all()
