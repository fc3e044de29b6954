"""How `score` deals the parts of files out to its processes."""

from multiprocessing.context import ForkServerProcess

import numpy as np
import pytest

from schemas.errors import UnavailableError
from stream_app.scoring import processes, shares
from stream_app.scoring.parts import FileBlock, MessagePart, Part, TablePart
from stream_app.scoring.shares import Shares
from stream_app.settings import load_settings


def table_part(partition: int, readings: int) -> Part:
    columns = np.zeros(readings, np.int32), np.zeros(readings, np.int64), np.zeros(readings)
    return TablePart("pdm.readings.v1", partition, 0, [], *columns)


def test_each_process_gets_about_as_much() -> None:
    sizes = [900, 100, 300, 500, 0, 700, 100, 200]
    parts = [table_part(number, size) for number, size in enumerate(sizes) if size]
    dealt = Shares([], load_settings({}), 2).dealt(parts)
    assert sorted(part.partition for of in dealt for part in of) == [0, 1, 2, 3, 5, 6, 7]
    assert [sum(map(len, of)) for of in dealt] == [1400, 1400]


def test_a_partition_stays_where_it_is_and_a_new_one_goes_where_least_is() -> None:
    dealing = Shares([], load_settings({}), 2)
    dealing.dealt([table_part(0, 500), table_part(1, 100)])
    dealt = dealing.dealt([table_part(0, 1), table_part(1, 300), table_part(2, 50)])
    assert [[part.partition for part in of] for of in dealt] == [[0], [1, 2]]
    # Another lane has partitions of its own.
    [of_first, of_second] = dealing.dealt([MessagePart("pdm.signals.v1", 0, [b"a"], [b"{}"])])
    assert not of_first
    assert len(of_second) == 1


def test_a_process_that_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "score_share", _die)
    monkeypatch.setattr(shares, "route", lambda sources, count: iter([FileBlock(1, [table_part(0, 1)])]))
    with pytest.raises(UnavailableError, match="--processes 1"):
        list(Shares([], load_settings({}), 2).blocks())


def _die(*args: object) -> None:
    raise SystemExit(3)


def test_why_a_process_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(process: object) -> None:
        raise BlockingIOError("no process is left")

    monkeypatch.setattr(ForkServerProcess, "start", refuse)
    monkeypatch.setattr(shares, "route", lambda sources, count: iter([FileBlock(1, [table_part(0, 1)])]))
    with pytest.raises(BlockingIOError, match="no process is left"):
        list(Shares([], load_settings({}), 2).blocks())
