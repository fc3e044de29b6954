"""However records are batched, wherever a worker dies: a partition publishes the same and ends in the same state."""

import json
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.options import ReadingsOptions
from agents.outputs import NoSavedState, Output, SavedState
from agents.published import Published
from agents.readings import ReadingsPartition
from benchmarks.chaos.states import recovered
from connectors.kafka_lane.committed_state import MARK_KEY, ChangelogRecord, CommittedState
from models.tuning import Tuning
from schemas.records import RecordColumns

START_S = 1_767_225_600
TOPIC = "t"
OPTIONS = ReadingsOptions(tuning=Tuning(grace_s=3.0, learn_readings=60))

Row = tuple[int, int, bytes | None, bytes | None]


def rows(seed: int) -> list[Row]:
    """Readings of six sensors with steps, repeats, disorder, late ones, arrays, refused input and offset holes.

    Two fall silent at the same time: one of them returns, and says something else of itself from then on.
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


def columns(part: list[Row]) -> RecordColumns:
    return RecordColumns.of(TOPIC, 0, part)


def fresh(saved: SavedState) -> ReadingsPartition:
    return ReadingsPartition(TOPIC, 0, OPTIONS, saved)


def one_pass(all_rows: list[Row]) -> tuple[list[Output], dict[bytes, bytes]]:
    partition = fresh(NoSavedState())
    outputs = partition.apply(columns(all_rows)).outputs
    return outputs, dict(partition.changes())


class Worker:
    """Publishes and checkpoints in the lane's order; a crash may stop it anywhere in between, and another goes on."""

    def __init__(self) -> None:
        self.changelog: list[ChangelogRecord] = []
        self.log: list[Output] = []
        self.committed = 0
        self.restart()

    def restart(self) -> None:
        self.state = CommittedState()
        for key, value in self.changelog:
            self.state.take(key, value)
        self.state.end_reading()
        self.partition = fresh(self.state)
        self.position = self.committed
        published = Published()
        for output in self.log:
            published.positions[output.topic, 0] = output.position
        self.published = published

    def batch(self, all_rows: list[Row], size: int) -> None:
        part = all_rows[self.position : self.position + size]
        for output in self.partition.apply(columns(part)).outputs:
            self.log += self.published.keep_new((output.topic, 0), [output])
        self.position += len(part)

    def checkpoint(self, records_that_land: int | None = None, *, commits: bool = True) -> None:
        begun, mark = self.state.begin(self.partition.changes(), now_ms=0)
        self.changelog += [*begun, (MARK_KEY, mark)][:records_that_land]
        if records_that_land is None:
            self.state.commit()
            if commits:
                self.committed = self.position


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    steps=st.lists(
        st.tuples(
            st.integers(1, 200),
            st.sampled_from(["go", "checkpoint", "crash", "crash in checkpoint", "crash in checkpoint", "no commit"]),
            st.integers(0, 40),
        ),
        min_size=3,
        max_size=25,
    ),
)
def test_cuts_and_crashes_change_nothing(seed: int, steps: list[tuple[int, str, int]]) -> None:
    all_rows = rows(seed)
    expected_outputs, expected_states = one_pass(all_rows)
    worker = Worker()
    for size, then, lands in steps:
        worker.batch(all_rows, size)
        if then == "checkpoint":
            worker.checkpoint()
        elif then == "crash":
            worker.restart()
        elif then == "crash in checkpoint":
            worker.checkpoint(records_that_land=lands)
            worker.restart()
        elif then == "no commit":
            worker.checkpoint(commits=False)
            worker.restart()
    while worker.position < len(all_rows):
        worker.batch(all_rows, 97)
    worker.checkpoint()
    silent = [json.loads(o.value) for o in expected_outputs if b'"silent"' in o.value]
    assert sorted((e["sensor_id"], e["unit"] == "F", e["sensor_type"]) for e in silent) == [
        ("\0c/2", False, "x"),
        ("c/1", False, "x"),
    ]
    assert len({e["id"] for e in silent}) == 2
    assert [(o.topic, o.position, o.key, o.value) for o in worker.log] == [
        (o.topic, o.position, o.key, o.value) for o in expected_outputs
    ]
    found = recovered((0, key, value) for key, value in worker.changelog)
    assert {key: packed for (_, key), packed in found.items()} == expected_states
