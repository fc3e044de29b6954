"""When did it change? The most likely beginning of a shift that lasts to the end of what was seen.

Likelihood ratio of a mean that is 0 before and free after. Source: Hinkley, D. (1970), Inference about the change-point
in a sequence of random variables, Biometrika 57.
"""

import numpy as np
from numpy.typing import NDArray


def change_place(z: NDArray[np.float64]) -> int:
    """Return the first row of the shifted part of `z` (n, k), where healthy is standardised; n ≥ 1, NaN is 0."""
    z = np.clip(np.nan_to_num(z), -_LARGEST, _LARGEST)
    after = np.cumsum(z[::-1], axis=0)[::-1]
    rows = np.arange(len(z), 0, -1)
    gain = (after**2 / rows[:, None]).sum(axis=1)
    return int(np.argmax(gain))


# One wild row must not draw the change to itself.
_LARGEST = 20.0
