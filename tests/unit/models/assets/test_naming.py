"""A fault in one sensor names it first, with its direction, in at least 95 % of 1,000 trials."""

import numpy as np
import pytest

from tests.unit.models.assets.plant import outcome_of, plant

TRIALS, TICKS, AT = 250, 700, 560


@pytest.mark.parametrize(
    ("fault", "sensors", "loads"), [("step", 3, 1), ("step", 6, 2), ("drift", 5, 1), ("decoupled", 4, 1)]
)
def test_the_sensor_with_the_fault_is_named_first(fault: str, sensors: int, loads: int) -> None:
    rng = np.random.default_rng(sensors)
    value = plant(TRIALS, sensors, TICKS, seed=sensors, loads=loads, noise=0.2)
    which = rng.integers(0, sensors, TRIALS)
    sign = rng.choice([-1.0, 1.0], TRIALS)
    each = np.arange(TRIALS)
    size = (sign * value[each, :AT, which].std(axis=1))[:, None]
    if fault == "step":
        value[each, AT:, which] += 2.0 * size
    elif fault == "drift":
        value[each, AT:, which] += 4.0 * size * np.linspace(0.0, 1.0, TICKS - AT)
    else:
        value[each, AT:, which] = value[each, : TICKS - AT, which]
    found = outcome_of(value)
    found = found[found["raised"]]
    assert (found["position"] < AT).sum() <= 1
    found = found[found["position"] >= AT]
    first = found[np.unique(found["asset_row"], return_index=True)[1]]
    assert len(first) >= 0.9 * TRIALS
    asset = first["asset_row"]
    named = first["sensor_row"][:, 0] == asset * sensors + which[asset]
    assert named.mean() >= 0.95
    if fault != "decoupled":
        high = first["value"][:, 0] > first["expected"][:, 0]
        assert (high == (sign[asset] > 0.0))[named].mean() >= 0.99


def test_of_two_sensors_both_are_named_and_the_one_that_stepped_first() -> None:
    # A broken relation of two says hardly which; that one of them moved unlike itself does.
    rng = np.random.default_rng(2)
    value = plant(TRIALS, 2, TICKS, seed=2, noise=0.2)
    which = rng.integers(0, 2, TRIALS)
    each = np.arange(TRIALS)
    value[each, AT:, which] += 2.0 * value[each, :AT, which].std(axis=1)[:, None]
    found = outcome_of(value)
    found = found[found["raised"] & (found["position"] >= AT)]
    first = found[np.unique(found["asset_row"], return_index=True)[1]]
    assert len(first) >= 0.9 * TRIALS
    asset = first["asset_row"]
    assert (np.sort(first["sensor_row"][:, :2], axis=1) == asset[:, None] * 2 + [0, 1]).all()
    assert (first["sensor_row"][:, 0] == asset * 2 + which[asset]).mean() >= 0.95
