"""The drift tests by name."""

from models.drift.drift_test import DriftTest
from models.drift.kolmogorov_smirnov import kolmogorov_smirnov
from models.drift.mean_discrepancy import mean_discrepancy
from models.drift.population_stability import population_stability

DRIFT_TESTS: dict[str, DriftTest] = {
    "kolmogorov_smirnov": kolmogorov_smirnov,
    "population_stability": population_stability,
    "mean_discrepancy": mean_discrepancy,
}
