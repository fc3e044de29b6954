"""However records are batched, wherever a worker dies: a partition publishes the same and ends in the same state."""

import json
import random
from itertools import product

from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.options import ReadingsOptions
from agents.outputs import SavedState
from agents.readings import ReadingsPartition
from agents.state_keys import joint_key
from models.regimes.tuning import RegimeTuning
from models.tuning import Tuning
from tests.property.agents.crashes import Row, Step, Worker, one_pass, steps

START_S = 1_767_225_600
TOPIC = "t"
OPTIONS = ReadingsOptions(
    tuning=Tuning(grace_s=3.0, learn_readings=60), regimes=RegimeTuning(learn_readings=10, find_readings=400)
)


def rows(seed: int) -> list[Row]:
    """Readings of six sensors with steps, repeats, disorder, late ones, arrays, refused input and offset holes.

    Two fall silent at the same time: one of them returns, and says something else of itself from then on.
    Three others step between two modes that no sensor tells.
    """
    chance = random.Random(seed)
    messages: list[bytes] = []
    for second in range(260):
        for sensor in ("a/1", "a/2", "b/1"):
            level = 50.0 if 150 < second < 190 and sensor != "b/1" else 0.0
            value = level + chance.gauss(0, 1)
            reading = {"sensor_id": sensor, "ts": START_S + second, "value": value, "seq": second}
            messages.append(json.dumps(reading).encode())
        for sensor, absent in (("c/1", range(100, 180)), ("\0c/2", range(100, 260))):
            if second not in absent:
                unit = "C" if second < 50 else "K" if second < 200 else "F"
                reading = {"sensor_id": sensor, "ts": START_S + second, "value": chance.gauss(0, 1), "unit": unit}
                messages.append(json.dumps(reading | {"asset_id": "c", "sensor_type": "x"}).encode())
        level = 20.0 * (second // 40 % 2)
        for half, sensor in product((0.0, 0.5), ("d/1", "d/2", "d/3")):
            reading = {"sensor_id": sensor, "ts": START_S + second + half, "value": level + chance.gauss(0, 1)}
            messages.append(json.dumps(reading).encode())
        speed = 1500.0 if second // 90 % 2 else 900.0
        reading = {"sensor_id": "b/speed", "ts": START_S + second, "value": speed, "sensor_type": "speed"}
        messages.append(json.dumps(reading).encode())
    for _ in range(40):
        at = chance.randrange(len(messages))
        match chance.randrange(5):
            case 0:
                messages.insert(at, messages[chance.randrange(at + 1)])
            case 1:
                messages.insert(at, messages.pop(max(at - chance.randrange(9), 0)))
            case 2:
                messages[at] = b"[" + messages[at] + b',{"sensor_id":1},' + messages[max(at - 1, 0)] + b"]"
            case 3:
                messages.insert(at, chance.choice([b"", b"{", b"\xff", b"[]", b'{"sensor_id":"a/1"}']))
            case 4:
                messages.insert(at, b'{"sensor_id":"a/2","ts":%d,"value":null}' % (START_S + 5))
    offset = 100
    found: list[Row] = []
    for message in messages:
        offset += chance.choice([1, 1, 1, 3])
        found.append((offset, START_S * 1000, b"a", message))
    return found


def fresh(saved: SavedState) -> ReadingsPartition:
    return ReadingsPartition(TOPIC, 0, OPTIONS, saved)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), then=steps(200))
# The first reading after the crash is of a sensor whose asset is in a mode that another sensor told.
@example(seed=174, then=[(152, "checkpoint", 0), (1, "crash", 0), (1, "go", 0)])
def test_cuts_and_crashes_change_nothing(seed: int, then: list[Step]) -> None:
    all_rows = rows(seed)
    expected_outputs, expected_states = one_pass(TOPIC, fresh, all_rows)
    worker = Worker(TOPIC, fresh)
    worker.run(all_rows, then, 97)
    silent = [json.loads(o.value) for o in expected_outputs if b'"silent"' in o.value]
    assert sorted((e["sensor_id"], e["unit"] == "F", e["sensor_type"]) for e in silent) == [
        ("\0c/2", False, "x"),
        ("c/1", False, "x"),
    ]
    assert len({e["id"] for e in silent}) == 2
    assert [(o.topic, o.position, o.key, o.value) for o in worker.log] == [
        (o.topic, o.position, o.key, o.value) for o in expected_outputs
    ]
    assert worker.states() == expected_states
    assert len(expected_states[joint_key("d")]) > 1 == len(expected_states[joint_key("b")])
