"""Training rows as a lane's models see them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.serving.lanes import AnyReference


class Standardised(NamedTuple):
    """`z` (n, k) of the lane's columns, which rows may teach a model (n,), and what came to be normal."""

    z: NDArray[np.float64]
    usable: NDArray[np.bool_]
    reference: AnyReference
