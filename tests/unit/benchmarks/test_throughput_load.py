"""The backlog of a throughput run."""

import json
from collections import defaultdict
from typing import Any

import pytest

from benchmarks.throughput.load import FAULT_EVERY_TICKS, Load


def decoded(load: Load) -> list[dict[str, Any]]:
    readings = []
    for _, value, count in load.messages():
        message = json.loads(value)
        elements = message if isinstance(message, list) else [message]
        assert len(elements) == count
        readings += elements
    return readings


@pytest.mark.parametrize("per_message", [1, 7])
def test_every_sensor_gets_all_its_readings_in_order(per_message: int) -> None:
    load = Load(1000, sensors=12, per_message=per_message)
    of_sensor = defaultdict(list)
    for reading in decoded(load):
        of_sensor[reading["sensor_id"]].append((reading["seq"], reading["ts"]))
    assert len(of_sensor) == 12
    assert load.total == 12 * load.ticks >= 1000
    for readings in of_sensor.values():
        assert [seq for seq, _ in readings] == list(range(load.ticks))
        assert readings == sorted(readings)


@pytest.mark.parametrize("per_message", [1, 5])
def test_messages_are_keyed_by_asset(per_message: int) -> None:
    for key, value, _ in Load(100, sensors=10, per_message=per_message).messages():
        message = json.loads(value)
        assert {r["asset_id"].encode() for r in (message if isinstance(message, list) else [message])} == {key}


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    first, again = (list(Load(200, sensors=5, seed=3).messages()) for _ in range(2))
    assert first == again
    assert first != list(Load(200, sensors=5, seed=4).messages())


def test_cutting_into_arrays_does_not_change_the_readings() -> None:
    def by_name(reading: dict[str, Any]) -> tuple[object, object]:
        return reading["sensor_id"], reading["seq"]

    single, arrays = decoded(Load(400, sensors=8)), decoded(Load(400, sensors=8, per_message=10))
    assert sorted(single, key=by_name) == sorted(arrays, key=by_name)


def test_some_sensors_leave_their_range() -> None:
    values = defaultdict(list)
    for reading in decoded(Load(400 * FAULT_EVERY_TICKS, sensors=400)):
        values[reading["sensor_id"]].append(reading["value"])
    faulty = [s for s, v in values.items() if max(v) > 1.6 * (sum(v) / len(v))]
    assert 1 <= len(faulty) <= 20
