"""Regimes by the mode or speed sensor: few, with hysteresis, bounded, and the same however they arrive."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.regimes.bank import RegimeBank
from models.regimes.state import BASELINE, CODE, MODE_BYTES, NO_MODE, NONE, REGIMES, SPEED, TRANSIT
from models.regimes.tuning import RegimeTuning
from models.sensor_keys import SensorKeys
from schemas.errors import BadDataError, SettingsError
from tests.unit.models.regimes.machine import learn, machine, regimes_of, take


def bank_of(sensors: int = 3) -> RegimeBank:
    keys = SensorKeys()
    keys.add(f"m/{k}" for k in range(sensors))
    return RegimeBank(RegimeTuning(), keys)


def of_one(value: NDArray[np.float64], kind: int = SPEED, bank: RegimeBank | None = None) -> NDArray[np.int8]:
    n = len(value)
    zeros = np.zeros(n, np.int32)
    bank = bank or bank_of()
    return bank.advance(zeros, zeros, np.full(n, kind, np.uint8), value, np.arange(n), np.zeros(n, np.int64))


def test_without_a_mode_sensor_there_is_no_regime_and_values_stay_bit_for_bit() -> None:
    value = np.random.default_rng(0).normal(size=500) * 1e-3 + 1e9
    bank = bank_of()
    regime = of_one(value, NO_MODE, bank)
    assert (regime == NONE).all()
    assert len(bank.dirty()) == 0
    state, constants = np.zeros(1, BASELINE), RegimeTuning().record()
    before = state.tobytes()
    judged = np.array([take(state, 0, NONE, x, constants) for x in value])
    for x in value:
        learn(state, 0, NONE, x)
    assert judged.tobytes() == value.tobytes()
    assert state.tobytes() == before


def test_mode_codes_are_told_apart_and_come_back_to_the_same_number() -> None:
    value = np.repeat([0.0, 3.0, 1.0, 3.0, 0.0], 20)
    regime = of_one(value, CODE)
    settled = regime[19::20].tolist()
    assert settled == [0, 1, 2, 1, 0]
    assert regime[20:22].tolist() == [TRANSIT, TRANSIT]
    assert regime[22] == 1


def test_a_speed_that_wanders_a_little_is_one_regime() -> None:
    rng = np.random.default_rng(1)
    assert set(of_one(1500.0 * (1.0 + 0.02 * rng.normal(size=5000))).tolist()[3:]) == {0}


def test_a_ramp_is_transit() -> None:
    value = np.concatenate([np.full(50, 500.0), np.linspace(500.0, 1500.0, 11), np.full(50, 1500.0)])
    regime = of_one(value + np.random.default_rng(2).normal(size=len(value)))
    assert (regime[52:61] == TRANSIT).all()
    assert (regime[66:] == 1).all()


def test_there_are_never_more_than_eight() -> None:
    regime = of_one(np.repeat(np.arange(1.0, 30.0), 50), CODE)
    assert regime.max() == REGIMES - 1


def test_absurd_and_missing_speeds_do_no_harm() -> None:
    value = np.full(200, 1000.0)
    value[50:60] = np.nan
    value[100] = np.inf
    assert set(of_one(value).tolist()[3:]) == {0}
    value[150:160] = 1.7e308
    assert of_one(value)[-1] >= 0


def test_cutting_and_restoring_change_nothing() -> None:
    run = machine(1200, seed=7)
    keys = SensorKeys()
    keys.add(["m/speed", "m/vibration", "m/temperature"])
    whole = regimes_of(run.value, RegimeTuning(), RegimeBank(RegimeTuning(), keys))
    other = SensorKeys()
    other.add(["x/0", "m/speed", "m/vibration", "m/temperature"])
    bank, parts = RegimeBank(RegimeTuning(), keys), []
    n, d = run.value.shape
    kind = np.tile(np.array([SPEED, NO_MODE, NO_MODE], np.uint8), n)
    at = np.arange(n * d)
    for cut in np.array_split(at, 7):
        parts.append(
            bank.advance(
                np.zeros(len(cut), np.int32),
                cut % d + len(bank._keys) - d,
                kind[cut],
                run.value.ravel()[cut],
                cut,
                cut * 0,
            )
        )
        record = bank.pack(0)
        bank = RegimeBank(RegimeTuning(), other)
        bank.restore(0, record)
        assert bank.pack(0) == record
    assert np.concatenate(parts).tobytes() == whole.tobytes()
    again = bank.advance(
        np.zeros(3, np.int32), np.full(3, 1), np.full(3, SPEED, np.uint8), np.full(3, 9e9), at[:3], at[:3]
    )
    assert (again == whole[-1]).all()
    assert bank.pack(0) == record


def test_bad_records_and_settings_are_refused() -> None:
    bank = bank_of()
    bank.restore(0, None)
    assert bank.pack(0) == bytes(MODE_BYTES)
    for record in (b"", bytes(MODE_BYTES), bytes(MODE_BYTES - 1)):
        with pytest.raises(BadDataError, match="mode state"):
            bank.restore(0, record)
    with pytest.raises(SettingsError, match="min_stay"):
        RegimeTuning(min_stay=0)
    assert RegimeTuning().kind_of("RPM") == SPEED
    assert RegimeTuning().kind_of("mode") == CODE
    assert RegimeTuning().kind_of(None) == NO_MODE
