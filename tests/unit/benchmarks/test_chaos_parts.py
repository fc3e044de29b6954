"""Plan, ledger, load and verdict of a chaos run."""

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from benchmarks.chaos.ledger import ENTRY, Ledger, load_ledger, record_crc, source_differences
from benchmarks.chaos.load import ChaosLoad
from benchmarks.chaos.plan import plan_kills
from benchmarks.chaos.verdict import Verdict, count_events

START_US = 1_767_225_600_000_000


def test_a_plan_is_drawn_from_its_seed() -> None:
    assert plan_kills(50, 1) == plan_kills(50, 1)
    assert plan_kills(50, 1) != plan_kills(50, 2)
    assert len(plan_kills(50, 1)) == 50


@pytest.mark.parametrize("seed", range(5))
def test_ten_kills_meet_every_moment_and_both_workers(seed: int) -> None:
    plan = plan_kills(10, seed)
    assert {kill.moment for kill in plan} == {"any", "checkpoint", "start", "recovery", "rebalance"}
    assert {kill.victim for kill in plan_kills(50, seed)} == {"a", "b"}


def ledger_of(entries: list[tuple[int, int, int]]) -> np.ndarray:
    return np.array(entries, ENTRY)


def test_a_ledger_is_kept_on_disk(tmp_path: Path) -> None:
    ledger = Ledger()
    ledger.add(3, 17, b"key", b"value")
    ledger.save(tmp_path / "ledger")
    assert load_ledger(tmp_path / "ledger").tolist() == [(3, 17, record_crc(b"key", b"value"))]


def test_the_source_is_held_against_the_ledger() -> None:
    acked = [(0, 0, 11), (0, 1, 12), (1, 0, 13)]
    assert source_differences(ledger_of(acked), ledger_of(acked[::-1])) == 0
    assert source_differences(ledger_of(acked), ledger_of(acked[:2])) == 1
    assert source_differences(ledger_of(acked), ledger_of([*acked, (1, 1, 14)])) == 1
    assert source_differences(ledger_of(acked), ledger_of([*acked[:2], (1, 0, 99)])) == 2
    assert source_differences(ledger_of([*acked, acked[0]]), ledger_of(acked)) == 1


def test_key_and_value_are_both_in_the_checksum() -> None:
    assert len({record_crc(b"a", b"b"), record_crc(b"b", b"a"), record_crc(b"a", None), record_crc(None, b"b")}) == 4


EXPECTED = {("events", "x"): 1, ("events", "y"): 2, ("late", "x"): 3}


def test_nothing_lost_or_doubled() -> None:
    counts = count_events(EXPECTED, EXPECTED.items())
    assert (counts.expected, counts.seen, counts.lost, counts.doubled, counts.wrong) == (3, 3, 0, 0, 0)


def test_lost_doubled_foreign_and_altered_events_are_told_apart() -> None:
    seen = [(("events", "x"), 1), (("events", "x"), 1), (("events", "x"), 1), (("late", "x"), 4), (("events", "z"), 1)]
    counts = count_events(EXPECTED, seen)
    assert (counts.seen, counts.lost, counts.doubled, counts.wrong) == (3, 1, 2, 2)


def verdict(**changes: object) -> Verdict:
    whole = {"kills": 1, "produced": 9, "events_expected": 2, "events_seen": 2, "lost": 0, "doubled": 0}
    return Verdict(**{**whole, "state_keys_differ": 0, "seed": 1, "seconds": 1.0, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"lost": 1}, {"doubled": 1}, {"state_keys_differ": 1}, {"wrong": 1}, {"source_differs": 1},
        {"settled": False}, {"produced": 0}, {"events_expected": 0},
    ],
)  # fmt: skip
def test_any_fault_fails_the_run(change: dict[str, object]) -> None:
    assert verdict().passed
    assert not verdict(**change).passed


def test_the_verdict_is_json_with_the_promised_names() -> None:
    document = json.loads(json.dumps(verdict().document()))
    promised = {"kills", "produced", "events_expected", "events_seen", "lost", "doubled", "state_keys_differ"}
    assert promised | {"seed", "seconds"} <= document.keys()


def test_the_load_is_seeded_and_has_every_kind_of_message() -> None:
    first, again = (list(islice(ChaosLoad(40, 5, START_US), 20_000)) for _ in range(2))
    assert first == again
    values = [value for _, value in first]
    assert any(value.startswith(b"[{") for value in values)
    assert any(b"}\n{" in value for value in values)
    assert len(set(values)) < len(values)
    assert any(b"yesterday" in value for value in values)
    assert len({key for key, _ in first}) > 10


def test_readings_of_a_sensor_have_ascending_seq_apart_from_repeats_and_overtaken_ones() -> None:
    last: dict[str, int] = {}
    backwards = whole = 0
    for _, value in islice(ChaosLoad(20, 1, START_US), 20_000):
        if not value.startswith(b'{"sensor_id":"rig') or b'"seq"' not in value or b"\n" in value:
            continue
        reading = json.loads(value)
        whole += 1
        backwards += reading["seq"] <= last.get(reading["sensor_id"], -1)
        last[reading["sensor_id"]] = max(last.get(reading["sensor_id"], -1), reading["seq"])
    assert 0.001 < backwards / whole < 0.05
