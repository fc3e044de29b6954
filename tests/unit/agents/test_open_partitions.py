"""Partitions are opened beside their state, or the process ends."""

import asyncio
from types import SimpleNamespace
from typing import Any, NoReturn, cast

import pytest
from faust.types import TP

from agents import open_partitions
from agents.open_partitions import OpenPartitions
from agents.published import Published


class Died(Exception):
    """Instead of the end of the process."""


def opened(monkeypatch: pytest.MonkeyPatch, changelog: set[int], committed: int | None) -> OpenPartitions:
    """What is open of partitions 0 and 1 of `source` after the first was asked for; the broker has 5 and more."""

    def die(event: str, **facts: object) -> NoReturn:
        raise Died(event, facts)

    async def earliest_offsets(*tps: TP) -> dict[TP, int]:
        return dict.fromkeys(tps, 5)

    async def targets(partition: int) -> list[tuple[str, int]]:
        return []

    monkeypatch.setattr(open_partitions, "die", die)
    monkeypatch.setattr(
        open_partitions, "read_published", lambda _, source, wanted, targets: dict.fromkeys(wanted, Published())
    )
    assignment = {TP("source", 0), TP("source", 1), *(TP("state", number) for number in changelog)}
    consumer = SimpleNamespace(
        assignment=lambda: assignment,
        _committed_offset={TP("source", number): committed for number in (0, 1)},
        earliest_offsets=earliest_offsets,
    )
    table = SimpleNamespace(changelog="state", read=lambda partition, key: None)
    found = OpenPartitions(
        "test", "source", cast(Any, SimpleNamespace(consumer=consumer)), cast(Any, table), cast(Any, None),
        cast(Any, SimpleNamespace(targets=targets)), lambda number, saved: cast(Any, number),
    )  # fmt: skip
    asyncio.run(found.ready(0))
    return found


def test_all_assigned_partitions_are_opened_at_their_next_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {number: at.expected for number, at in opened(monkeypatch, {0, 1}, 7).items()} == {0: 7, 1: 7}


def test_where_nothing_was_committed_the_first_that_the_broker_has_is_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {number: at.expected for number, at in opened(monkeypatch, {0, 1}, None).items()} == {0: 5, 1: 5}


def test_a_partition_whose_changelog_is_given_to_another_worker_ends_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(Died, match=r"lane\.astray.*\[1\]"):
        opened(monkeypatch, {0, 2}, 7)
