"""Libraries that the drift watch needs only when something changed, loaded before: a worker must not stop to import."""

import numpy as np

from models.drift.kolmogorov_smirnov import kolmogorov_smirnov
from models.drift.population_stability import population_stability
from models.drift.streaming import noticed_at


def warm_up() -> None:
    """Run every test once."""
    sample = np.arange(20.0)[:, None]
    kolmogorov_smirnov(sample, sample)
    population_stability(sample, sample)
    noticed_at(sample[:, 0])
