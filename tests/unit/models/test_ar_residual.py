"""AR residual: against weighted least squares written out, and what the likelihood says of a series."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import log_ndtr

from models.detectors import ar_residual as ar

STATE = np.dtype(
    [("base", "<f8"), ("readings", "<i8"), ("learned", "<i8"), ("ring", "<f8", (20,)), *ar.AR_RESIDUAL_FIELDS]
)
LEARN = 300


def tell(values: NDArray[np.float64], state: NDArray[np.void] | None = None) -> NDArray[np.float64]:
    """Return (n, 2) the score and the error of each reading."""
    record = (np.zeros(1, STATE) if state is None else state)[0]
    said = np.zeros((values.size, 2))
    for t, value in enumerate(values):
        if record["readings"] == 0:
            record["base"] = value
        record["ring"][1:] = record["ring"][:-1].copy()
        record["ring"][0] = value
        record["readings"] += 1
        said[t] = ar.surprise(ar.deviation(record, LEARN)), record["ar_residual_error"]
        ar.learn(record, LEARN)
        record["learned"] += 1
    return said


def autoregression(readings: int, *weights: float, seed: int = 1) -> NDArray[np.float64]:
    """Return a seeded autoregression with unit noise."""
    values = np.random.default_rng(seed).normal(size=readings)
    for t in range(readings):
        values[t] += sum(weight * values[t - k] for k, weight in enumerate(weights, 1) if t >= k)
    return values


def slow_errors(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the errors by solving the whole weighted regression anew for each reading."""
    x = values - values[0]
    errors = np.zeros(x.size)
    mean, square = 0.0, 0.0
    products, targets = np.zeros((3, 3)), np.zeros(3)
    for t in range(x.size):
        rate = max(1.0 / (t + 1.0), 1.0 / LEARN)
        if t >= 3:
            regressors = np.array([x[t - 1] - mean, x[t - 1] - x[t - 2], x[t - 2] - x[t - 3]])
            ridge = np.diag(np.diag(products)) * ar.RIDGE
            solution = np.linalg.lstsq(products + ridge, targets, rcond=None)[0]
            step = x[t] - x[t - 1]
            errors[t] = step - solution @ regressors
            if t >= 20 and errors[t] ** 2 > ar.LARGEST_ERROR**2 * square:
                rate *= ar.LARGEST_ERROR**2 * square / errors[t] ** 2
            products += rate * (np.outer(regressors, regressors) - products)
            targets += rate * (regressors * step - targets)
            square += rate * (errors[t] ** 2 - square)
        mean += rate * (x[t] - mean)
    return errors


@pytest.mark.parametrize("weights", [(), (0.9,), (1.5, -0.7), (0.5, 0.2, 0.25), (1.0,)])
def test_equals_weighted_least_squares(weights: tuple[float, ...]) -> None:
    """The errors are those of the regression solved by a library."""
    values = autoregression(500, *weights)
    values[250] += 40.0
    assert tell(values)[30:, 1] == pytest.approx(slow_errors(values)[30:], rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("weights", [(), (0.9,), (1.5, -0.7), (0.5, 0.2, 0.25), (1.0,)])
def test_leaves_only_the_noise(weights: tuple[float, ...]) -> None:
    """After learning the errors are about the unit noise that drove the series."""
    assert np.std(tell(autoregression(3000, *weights))[LEARN:, 1]) == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize("weights", [(), (0.9,), (1.0,)])
def test_healthy_noise_stays_below_the_alarm(weights: tuple[float, ...]) -> None:
    """White noise, a slow autoregression and a random walk raise no alarm in 20,000 readings."""
    assert np.max(tell(autoregression(20_000, *weights, seed=5))[:, 0]) < ar.ALARM


def test_notices_what_stays_inside_the_range() -> None:
    """A slow series that becomes ragged is told, though it never leaves its range."""
    values = autoregression(2000, 0.98)
    healthy = np.max(np.abs(values))
    values[1500:] += np.where(np.arange(500) % 2, 3.0, -3.0)
    values = np.clip(values, -healthy, healthy)
    scores = tell(values)[:, 0]
    assert np.max(scores[:1500]) < ar.ALARM < np.max(scores[1500:1530])


@pytest.mark.parametrize("base", [1e9, -1e9])
def test_the_base_plays_no_part(base: float) -> None:
    """A series a billion higher has the same scores, but for the rounding of its own numbers."""
    values = np.round(autoregression(1500, 0.9) * 1024) / 1024
    np.testing.assert_array_equal(tell(values + base), tell(values))


def test_constant_and_short() -> None:
    """A constant series scores 0, and so does one that is still learned; a first other value scores a finite number."""
    assert np.all(tell(np.full(1000, 1e9 + 0.1)) == 0.0)
    assert np.all(tell(autoregression(LEARN, 0.5))[:, 0] == 0.0)
    step = tell(np.concatenate([np.full(1000, 7.0), np.full(10, 8.0)]))[:, 0]
    assert step[1000] == 0.0 or step[1000] > ar.ALARM
    assert np.all(np.isfinite(step))


def test_a_huge_reading_is_soon_forgotten() -> None:
    """One reading of 1e30 leaves all finite and the regression as good as before."""
    values = autoregression(2500, 0.9)
    values[1000] = 1e30
    said = tell(values)
    assert np.all(np.isfinite(said))
    assert said[1000, 0] > ar.ALARM
    assert np.std(said[1200:, 1]) == pytest.approx(1.0, abs=0.1)
    assert np.max(said[1200:, 0]) < ar.ALARM


@pytest.mark.parametrize("values", [[1e30, -1e30], [1e30, 1e30], [1e-300, -1e-300]])
def test_extremes_stay_finite(values: list[float]) -> None:
    """The largest and the smallest numbers score finite numbers, and keep the state finite."""
    state = np.zeros(1, STATE)
    assert np.all(np.isfinite(tell(np.tile(values, 400), state)))
    assert all(np.all(np.isfinite(state[name])) for name in STATE.names or ())


@pytest.mark.parametrize("z", [0.1, 1.0, 5.0, 29.9, 30.1, 36.0])
def test_surprise_is_the_normal_tail(z: float) -> None:
    """Both branches are -log10 of the two-sided tail."""
    assert ar.surprise(z) == pytest.approx(-(log_ndtr(-z) + np.log(2.0)) / np.log(10.0), rel=1e-3)


def test_surprise_of_the_usual_is_nothing() -> None:
    """Errors smaller than usual are no news; unlimited ones are a number."""
    assert ar.surprise(-3.0) == ar.surprise(0.0) == 0.0
    assert ar.surprise(sqrt(1e300)) == 1e6


@settings(max_examples=10, deadline=None)
@given(cut=st.integers(0, 799))
def test_state_kept_and_restored_goes_on_equal(cut: int) -> None:
    """Scores depend on the readings so far and not on how they were cut."""
    values = autoregression(800, 0.8)
    whole = tell(values)
    state = np.zeros(1, STATE)
    first = tell(values[:cut], state)
    second = tell(values[cut:], np.frombuffer(state.tobytes(), STATE).copy())
    np.testing.assert_array_equal(np.concatenate([first, second]), whole)


def test_state_is_small() -> None:
    """The fields take 120 bytes at most."""
    assert np.dtype(ar.AR_RESIDUAL_FIELDS).itemsize <= 120
