"""AR residual: how badly the latest readings were foretold from those before them, against how badly is usual.

The next step is regressed on the present distance from the mean and on the last two steps: an autoregression of order
3, written so that a series about which nothing is known is foretold to stay where it is. The errors, as square roots
of their sizes (near to normal for normal errors), are averaged over a short stretch and that average is judged by its
own mean and spread: the anomaly likelihood.
Source: Dickey, D. A. and Fuller, W. A. (1979), J. Am. Stat. Assoc. 74, 427, for the form of the regression; Lavin, A.
and Ahmad, S. (2015), Evaluating Real-time Anomaly Detection Algorithms, arXiv:1510.03336, for the likelihood.
"""

from math import erfc, log, log10, sqrt

from models.kernel import Record, kernel

AR_RESIDUAL_FIELDS = [
    ("ar_residual_mean", "<f8"),  # of the readings, as a difference from the base
    # Weighted mean products of the regressors a (distance from the mean), b, c (last steps) and of the step y.
    ("ar_residual_aa", "<f8"),
    ("ar_residual_ab", "<f8"),
    ("ar_residual_ac", "<f8"),
    ("ar_residual_bb", "<f8"),
    ("ar_residual_bc", "<f8"),
    ("ar_residual_cc", "<f8"),
    ("ar_residual_ay", "<f8"),
    ("ar_residual_by", "<f8"),
    ("ar_residual_cy", "<f8"),
    ("ar_residual_square", "<f8"),  # mean square of the errors
    ("ar_residual_error", "<f8"),  # of the latest reading
    ("ar_residual_short", "<f8"),  # average over the short stretch
    ("ar_residual_usual", "<f8"),  # its mean
    ("ar_residual_spread", "<f8"),  # its variance
]

ORDER = 3
SHORT_READINGS = 10
"""Of the short stretch, as in the anomaly likelihood."""

LONG_SHARE = 4.0
"""Memory of what is usual for the short stretch, in learning stretches."""

RIDGE = 1e-3
"""Share by which the mean squares of the regressors are enlarged."""

LARGEST_ERROR = 6.0
"""Root mean squares of the error beyond which a reading teaches less."""

ALARM = 7.0
"""Score to act on: in a million readings of white noise, AR(0.9), a random walk or a daily sine none reaches it, and
two of Laplace noise do. On real series with jumps of their own (NAB) it adds nothing to novelty, and below 20 false
alarms.
"""

_SHORT_RATE = 2.0 / (SHORT_READINGS + 1.0)
_SETTLED = 20
_ENOUGH = 1e-9
_SQRT_2 = 1.4142135623730951
_LN_10 = 2.302585092994046
_LOG_TERM = 0.22579135264472744  # ln √(π / 2)


@kernel
def _ratio(upper: float, lower: float) -> float:
    return upper / lower if lower > 0.0 else 0.0


@kernel
def foretold_step(state: Record, a: float, b: float, c: float) -> float:
    """Return the step expected at distance `a` from the mean after the steps `b` (the last) and `c`.

    Solves the regression by a square-root-free Cholesky decomposition; a regressor without variation counts nothing.
    """
    grown = 1.0 + RIDGE
    aa, ab, ac = state.ar_residual_aa * grown, state.ar_residual_ab, state.ar_residual_ac
    ab_aa, ac_aa = _ratio(ab, aa), _ratio(ac, aa)
    bb = state.ar_residual_bb * grown - ab_aa * ab
    bb = bb if bb > _ENOUGH * state.ar_residual_bb else 0.0
    bc = state.ar_residual_bc - ac_aa * ab
    bc_bb = _ratio(bc, bb)
    cc = state.ar_residual_cc * grown - ac_aa * ac - bc_bb * bc
    cc = cc if cc > _ENOUGH * state.ar_residual_cc else 0.0
    by = state.ar_residual_by - ab_aa * state.ar_residual_ay
    cy = state.ar_residual_cy - ac_aa * state.ar_residual_ay - bc_bb * by
    for_c = _ratio(cy, cc)
    for_b = _ratio(by, bb) - bc_bb * for_c
    for_a = _ratio(state.ar_residual_ay, aa) - ab_aa * for_b - ac_aa * for_c
    return float(for_a * a + for_b * b + for_c * c)


@kernel
def deviation(state: Record, learn_readings: int) -> float:
    """Take the latest reading (`state.ring[0]`); return how far the latest errors are above what is usual of them.

    In standard deviations, 0 while learning; `surprise` of it is the score, needed only where it is told.
    Sets `ar_residual_error`: the reading minus what was foretold.
    """
    if state.readings <= ORDER:
        return 0.0
    ring = state.ring
    a = ring[1] - state.base - state.ar_residual_mean
    error = ring[0] - ring[1] - foretold_step(state, a, ring[1] - ring[2], ring[2] - ring[3])
    state.ar_residual_error = error
    state.ar_residual_short += _SHORT_RATE * (sqrt(abs(error)) - state.ar_residual_short)
    if state.learned < learn_readings or state.ar_residual_spread <= 0.0:
        return 0.0
    return float((state.ar_residual_short - state.ar_residual_usual) / sqrt(state.ar_residual_spread))


@kernel
def surprise(z: float) -> float:
    """Return -log10 of twice the upper tail of a normal variate; 0 below its mean."""
    if z <= 0.0:
        return 0.0
    if z < 30.0:
        return -log10(erfc(z / _SQRT_2))
    # Of the leading term, where the tail itself would underflow.
    return min((0.5 * z * z + log(z) + _LOG_TERM) / _LN_10, 1e6)


@kernel
def learn(state: Record, learn_readings: int) -> None:
    """Take the latest reading, as it was scored, into the regression and into what is usual of its errors."""
    ring = state.ring
    n = state.learned
    rate = max(1.0 / (n + 1.0), 1.0 / learn_readings)
    if state.readings > ORDER:
        square = state.ar_residual_error * state.ar_residual_error
        most = LARGEST_ERROR * LARGEST_ERROR * state.ar_residual_square
        # An outlier would stay in mean squares for long: it weighs as little as brings its square down to the limit.
        rate *= most / square if n >= _SETTLED and square > most else 1.0
        a = ring[1] - state.base - state.ar_residual_mean
        b = ring[1] - ring[2]
        c = ring[2] - ring[3]
        y = ring[0] - ring[1]
        state.ar_residual_aa += rate * (a * a - state.ar_residual_aa)
        state.ar_residual_ab += rate * (a * b - state.ar_residual_ab)
        state.ar_residual_ac += rate * (a * c - state.ar_residual_ac)
        state.ar_residual_bb += rate * (b * b - state.ar_residual_bb)
        state.ar_residual_bc += rate * (b * c - state.ar_residual_bc)
        state.ar_residual_cc += rate * (c * c - state.ar_residual_cc)
        state.ar_residual_ay += rate * (a * y - state.ar_residual_ay)
        state.ar_residual_by += rate * (b * y - state.ar_residual_by)
        state.ar_residual_cy += rate * (c * y - state.ar_residual_cy)
        state.ar_residual_square += rate * (square - state.ar_residual_square)
        if n >= _SETTLED:
            _learn_usual(state, learn_readings)
    state.ar_residual_mean += rate * (ring[0] - state.base - state.ar_residual_mean)


@kernel
def _learn_usual(state: Record, learn_readings: int) -> None:
    n = state.learned - _SETTLED
    rate = max(1.0 / (n + 1.0), 1.0 / (LONG_SHARE * learn_readings))
    step = state.ar_residual_short - state.ar_residual_usual
    state.ar_residual_usual += rate * step
    state.ar_residual_spread = (1.0 - rate) * (state.ar_residual_spread + rate * step * step)
