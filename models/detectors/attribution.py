"""Which features make a row strange, by any judge: what its strangeness loses with each, and what each has alone.

The mean of the two is the first and the last step of Shapley's value: the first finds a feature that broke its relation
to the others, the second finds features that are strange together, where taking one away changes nothing.
Source: Strumbelj, E. and Kononenko, I. (2014), Explaining prediction models and individual predictions with feature
contributions, Knowledge and Information Systems 41.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


def weights(
    strangeness: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    row: NDArray[np.float64],
    centre: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the weight (k,), 0 or more, of each feature of `row` (k,) against the healthy `centre` (k,).

    `strangeness` judges rows (2 k + 2, k) by (2 k + 2,) numbers. A feature that is NaN has no weight.
    """
    k = len(row)
    present = np.where(np.isnan(row), centre, row)
    without, alone = np.tile(present, (k, 1)), np.tile(centre, (k, 1))
    np.fill_diagonal(without, centre)
    np.fill_diagonal(alone, present)
    judged = strangeness(np.vstack((present, centre, without, alone)))
    loss, gain = judged[0] - judged[2 : k + 2], judged[k + 2 :] - judged[1]
    share: NDArray[np.float64] = np.maximum(0.5 * (loss + gain), 0.0)
    return share
