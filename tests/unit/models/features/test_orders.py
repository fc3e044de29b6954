"""Order amplitudes equal the Fourier sum, at one speed and through a run-up."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from models.features.orders import at_equal_angles, order_amplitudes, tracked_order_amplitudes
from schemas.errors import BadDataError

NOISE = np.random.default_rng(11)
RATE_HZ = 8000.0


def test_equals_the_fourier_sum() -> None:
    rows = NOISE.normal(2.0, 1.0, (3, 1501))
    shaft_hz = np.array([17.3, 25.0, 31.7])
    orders = (0.5, 1.0, 2.0, 7.25)
    found = order_amplitudes(rows, RATE_HZ, shaft_hz, orders)
    hann = signal.windows.hann(1501, sym=False)
    for i, row in enumerate(rows):
        for j, order in enumerate(orders):
            pointer = np.exp(-2j * np.pi * order * shaft_hz[i] / RATE_HZ * np.arange(1501))
            expected = 2.0 * abs((hann * (row - row.mean()) * pointer).sum()) / hann.sum()
            assert found[i, j] == pytest.approx(expected, rel=1e-9)


def test_rows_are_worked_out_alone() -> None:
    rows = NOISE.normal(size=(5, 300))
    together = order_amplitudes(rows, RATE_HZ, 50.0, [1.0, 2.0])
    alone = [order_amplitudes(row[None, :], RATE_HZ, 50.0, [1.0, 2.0])[0] for row in rows]
    assert np.array_equal(together, alone)


def test_stated_answers() -> None:
    rows = np.stack([np.full(64, 0.1), np.full(64, np.nan), np.full(64, 1e101)])
    found = order_amplitudes(rows, RATE_HZ, 50.0, [1.0, 80.0])
    assert found[0, 0] == 0.0
    assert np.isnan(found[1:]).all()
    assert np.isnan(found[:, 1]).all()
    assert np.isnan(order_amplitudes(rows[:1], RATE_HZ, [0.0], [1.0])).all()


def run_up(seconds: float = 2.0) -> NDArray[np.float64]:
    """Orders 1, 3.5 and 10 with amplitudes 3, 1.5 and 0.2 while the shaft goes from 20 to 40 turns a second."""
    t_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    turns = 20.0 * t_s + 10.0 * t_s**2 / seconds
    amplitudes = {1.0: 3.0, 3.5: 1.5, 10.0: 0.2}
    sines = [a * np.sin(2.0 * np.pi * order * turns + order) for order, a in amplitudes.items()]
    return np.asarray(5.0 + np.sum(sines, axis=0), np.float64)


def test_a_run_up_is_tracked_where_the_mean_speed_smears() -> None:
    speed_s = np.linspace(0.0, 2.0, 9)
    speed_hz = 20.0 + 10.0 * speed_s
    found = tracked_order_amplitudes(run_up(), RATE_HZ, speed_s, speed_hz, [1.0, 2.0, 3.5, 10.0])
    assert found == pytest.approx([3.0, 0.0, 1.5, 0.2], rel=2e-3, abs=1e-3)
    assert order_amplitudes(run_up()[None, :], RATE_HZ, 30.0, [10.0])[0, 0] < 0.1


def test_a_steady_speed_gives_the_same_both_ways() -> None:
    block = np.sin(2.0 * np.pi * 26.0 * np.arange(4000) / RATE_HZ)
    resampled, samples_per_revolution = at_equal_angles(block, RATE_HZ, [0.0], [26.0])
    assert samples_per_revolution == 308
    assert resampled == pytest.approx(np.sin(2.0 * np.pi * np.arange(resampled.size) / 308), abs=1e-6)
    tracked = tracked_order_amplitudes(block, RATE_HZ, [0.0], [26.0], [1.0])
    assert tracked == pytest.approx(order_amplitudes(block[None, :], RATE_HZ, 26.0, [1.0])[0], rel=1e-4)


@pytest.mark.parametrize(
    ("speed_s", "speed_hz"),
    [
        ([], []),
        ([0.0], [0.0]),
        ([0.0], [-2.0]),
        ([0.0, 0.0], [1.0, 1.0]),
        ([0.0], [1.0, 2.0]),
        ([0.0, 1.0], [1.0, 17.0]),
        ([0.0, 1.0], [1.0, np.nan]),
        ([0.0], [np.inf]),
    ],
)
def test_wrong_speeds_are_refused(speed_s: list[float], speed_hz: list[float]) -> None:
    with pytest.raises(BadDataError, match="speed"):
        at_equal_angles(np.zeros(100), RATE_HZ, speed_s, speed_hz)
