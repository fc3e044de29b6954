"""What was normal for each sensor in the range that a model was trained on, where that is a new normal state.

A model that was trained because the world has changed cannot judge rows by what was normal before: it brings its own
means and variances, and where it becomes champion they take the place of the sensors' own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.windows.baseline import standardised


@dataclass(frozen=True, slots=True)
class Reference:
    """Of s sensors: `mean` and `variance` (s, k) of every feature, and the rows `learned` (s,).

    The new normal state was learned from `since_us` to `until_us`.
    """

    sensors: dict[str, int]
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    learned: NDArray[np.int64]
    since_us: int = 0
    until_us: int = 0

    @property
    def ends_from_us(self) -> int:
        """Begin of the oldest anomaly that is over by this state: a change is noticed later than it came about.

        What was open long before the change has another cause.
        """
        return self.since_us - (self.until_us - self.since_us)

    def standardise(
        self, names: Sequence[str], rows: NDArray[np.int64], values: NDArray[np.float64], z: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return z-scores (n, k) of feature rows `values` of the series `rows` (n,), which have `names`.

        Or (n, c + 1, k), where rows come with those before them. A sensor that the reference does not know keeps its
        own, `z`.
        """
        own = z.copy()
        for i, row in enumerate(rows.tolist()):
            at = self.sensors.get(names[row])
            if at is not None:
                own[i] = standardised(values[i], self.mean[at], self.variance[at])
        return own

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by name, the sensors' names as bytes of JSON."""
        names = np.frombuffer(json.dumps(list(self.sensors)).encode(), np.uint8)
        range_us = np.array([self.since_us, self.until_us], np.int64)
        return {
            "names": names, "mean": self.mean, "variance": self.variance, "learned": self.learned, "range_us": range_us,
        }  # fmt: skip

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], columns: int) -> Self:
        """Return the reference that had these arrays; raises ValueError where they do not fit."""
        names = json.loads(arrays["names"].tobytes())
        mean, variance = (np.array(arrays[name], np.float64) for name in ("mean", "variance"))
        learned = np.array(arrays["learned"], np.int64)
        since_us, until_us = arrays["range_us"].tolist()
        if mean.shape != (len(names), columns) or mean.shape != variance.shape or learned.shape != (len(names),):
            raise ValueError(f"a reference of {len(names)} sensors has means of shape {mean.shape}")
        return cls({str(name): at for at, name in enumerate(names)}, mean, variance, learned, since_us, until_us)
