"""What happens to a fleet is told with its cause, once, with its time; a healthy fleet is silent for a month."""

from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from models.drift.tuning import DriftTuning
from models.drift.watched import RESIDUAL
from schemas.drift_slot import ClosedSlot
from tests.unit.models.drift.fleet import COLUMNS, HOUR_US, START_US, Change, slots, watch

DAYS, ASSETS, CHANGE_DAY = 15, 6, 12.0
Told = tuple[NDArray[np.float64], float]
MEAN, STD, KURTOSIS, ENTROPY = range(len(COLUMNS))
TEMPERATURE, VIBRATION, SPEED = range(3)


def one(change: Change) -> Change:
    """The change at one asset alone."""
    return lambda asset, mean, relation, days: change(asset, mean, relation, days) if asset == 3 else (mean, relation)


def offset(asset: int, mean: NDArray[np.float64], relation: float, days: float) -> Told:
    mean[TEMPERATURE, MEAN] += 6.0
    return mean, relation


def slower(asset: int, mean: NDArray[np.float64], relation: float, days: float) -> Told:
    mean[SPEED, MEAN] *= 0.7
    mean[VIBRATION, [MEAN, STD]] *= 0.6
    mean[TEMPERATURE, MEAN] *= 0.9
    return mean, relation


def bearing(asset: int, mean: NDArray[np.float64], relation: float, days: float) -> Told:
    mean[VIBRATION] *= [1.0, 1.5, 2.0, 0.8]
    return mean, relation


def louder(asset: int, mean: NDArray[np.float64], relation: float, days: float) -> Told:
    mean[VIBRATION, STD] *= 1.6
    return mean, relation


def apart(asset: int, mean: NDArray[np.float64], relation: float, days: float) -> Told:
    return mean, relation - 0.8


def creeping(asset: int, mean: NDArray[np.float64], relation: float, days: float) -> Told:
    mean[TEMPERATURE, MEAN] += 8.0 * min(days, 1.0)
    return mean, relation


@pytest.mark.parametrize(
    ("change", "cause", "sensor_types", "features"),
    [
        (one(offset), "sensor_fault", ["temperature"], {"mean"}),
        (one(slower), "regime_change", ["speed", "temperature", "vibration"], {"mean", "std"}),
        (one(bearing), "asset_degradation", ["vibration"], {"std", "kurtosis", "spectral_entropy"}),
        (one(louder), "asset_degradation", ["vibration"], {"std"}),
        (one(apart), "asset_degradation", ["temperature"], {"relation"}),
        (one(creeping), "asset_degradation", ["temperature"], {"mean"}),
        (offset, "fleet_shift", ["temperature"], {"mean"}),
        (slower, "regime_change", ["speed", "temperature", "vibration"], {"mean", "std"}),
    ],
    ids=["offset", "speed", "bearing", "variance", "correlation", "ramp", "fleet temperature", "fleet speed"],
)
def test_each_change_has_its_cause(change: Change, cause: str, sensor_types: list[str], features: set[str]) -> None:
    fleet, found = watch(slots(DAYS, ASSETS, change, CHANGE_DAY))
    assert [finding.cause for finding in found] == [cause] * len(sensor_types)
    assert sorted(finding.sensor_type for finding in found) == sensor_types
    assert {each.column.feature for finding in found for each in finding.evidence.columns} == features
    shared = len(found[0].assets) > 1
    assert found[0].assets == ([f"a{n}" for n in range(ASSETS)] if shared else ["a3"])
    changed_hours = (found[0].changed_us - START_US) / HOUR_US
    # A ramp begins below what can be seen.
    assert (
        0
        <= changed_hours - 24 * CHANGE_DAY
        <= (12 if change.__name__ == "creeping" or cause == "asset_degradation" else 0)
    )
    assert found[0].ts_us - found[0].changed_us <= 24 * HOUR_US
    still_open = [asset.asset_id for asset in fleet.assets.values() if asset.open is not None]
    assert still_open == (["a3"] if cause in ("sensor_fault", "asset_degradation") else [])


@pytest.mark.parametrize(("seed", "memory"), [(0, 0.8), (1, 0.0), (2, 0.95)])
def test_a_healthy_month_with_daily_and_weekly_cycles_is_silent(seed: int, memory: float) -> None:
    fleet, found = watch(slots(30, 5, seed=seed, memory=memory))
    assert found == []
    assert all(asset.open is None for asset in fleet.assets.values())
    judged = [np.isfinite(asset.z[-1]).all() for asset in fleet.assets.values()]
    assert all(judged), "silent because it judged nothing"


def test_what_returns_is_closed_and_what_stays_too_long_is_accepted() -> None:
    def for_a_day(asset: int, mean: NDArray[np.float64], relation: float, days: float) -> Told:
        return bearing(asset, mean, relation, days) if days < 1.0 else (mean, relation)

    _, found = watch(slots(DAYS, ASSETS, one(for_a_day), CHANGE_DAY))
    assert [finding.kind for finding in found] == ["drift", "cleared"]
    assert found[0].mark == found[1].mark
    fleet, found = watch(slots(DAYS, ASSETS, one(bearing), CHANGE_DAY), DriftTuning(hold_s=86_400.0))
    assert [finding.kind for finding in found] == ["drift", "cleared"]
    assert fleet.assets["readings", "a3"].open is None


def test_an_operator_s_word_ends_the_quarantine() -> None:
    for repaired in (False, True):
        fleet, _ = watch(slots(DAYS, ASSETS, one(bearing), CHANGE_DAY))
        asset = fleet.assets["readings", "a3"]
        assert asset.open is not None
        (over,) = fleet.release("a3", repaired=repaired)
        assert over.kind == "cleared"
        assert [one.asset_id for one in fleet.assets.values() if one.open is not None] == []
        # What is normal now begins a reference anew; what was repaired is held against the old one.
        assert (asset.reference.settling > 0) is not repaired
        assert fleet.release("a3", repaired=repaired) == fleet.release("nobody", repaired=repaired) == []


def test_a_fault_held_long_never_becomes_normal_and_does_without_quarantine() -> None:
    held = one(bearing)
    place = 3 * len(COLUMNS) // 3 + KURTOSIS
    fleet, _ = watch(slots(26, 4, held, CHANGE_DAY), DriftTuning(hold_s=1e9))
    asset = fleet.assets["readings", "a3"]
    assert asset.columns[place].feature == "kurtosis"
    assert abs(asset.shift(place, asset.start_us[-24])) > 50.0
    # Let go after an hour, it is learned: nothing is left to see.
    fleet, _ = watch(slots(26, 4, held, CHANGE_DAY), DriftTuning(hold_s=3_600.0))
    asset = fleet.assets["readings", "a3"]
    assert abs(asset.shift(place, asset.start_us[-24])) < 4.0


def of_two_kinds(told: Iterable[tuple[str, ClosedSlot]]) -> Iterator[tuple[str, ClosedSlot]]:
    """Assets in turn with temperature and speed, and with vibration and speed."""
    for asset_id, slot in told:
        kept = [VIBRATION, SPEED] if int(asset_id[1:]) % 2 else [TEMPERATURE, SPEED]
        yield asset_id, replace(slot, sensors=[slot.sensors[i] for i in kept], relations=[])


def test_a_change_of_the_fleet_is_told_of_types_that_the_asset_first_noticed_has_not() -> None:
    _, found = watch(of_two_kinds(slots(DAYS, 12, slower, CHANGE_DAY)))
    assert sorted(finding.sensor_type for finding in found) == ["speed", "temperature", "vibration"]
    assert {finding.cause for finding in found} == {"regime_change"}
    assert {len(finding.assets) for finding in found} == {6, 12}


@pytest.mark.parametrize(("factor", "told"), [(0.1, 0), (2.0, 1)])
def test_what_is_expected_coming_closer_to_what_is_is_no_drift(factor: float, told: int) -> None:
    def learned(asset: int, mean: NDArray[np.float64], relation: float, days: float) -> Told:
        mean[TEMPERATURE, KURTOSIS] *= factor
        return mean, relation

    columns = tuple(RESIDUAL if name == "kurtosis" else name for name in COLUMNS)
    _, found = watch(
        (asset, replace(slot, columns=columns)) for asset, slot in slots(DAYS, ASSETS, learned, CHANGE_DAY)
    )
    assert len(found) == told
