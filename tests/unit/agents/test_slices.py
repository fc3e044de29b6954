"""A fetch is cut by records and by bytes, so that no piece keeps the event loop for long."""

from agents.slices import slices
from schemas.records import RecordColumns


def _sizes(lengths: list[int | None], most_bytes: int) -> list[int]:
    rows: list[tuple[int, int, bytes | None, bytes | None]] = [
        (i, 0, None, None if length is None else bytes(length)) for i, length in enumerate(lengths)
    ]
    parts = list(slices(RecordColumns.of("t", 0, rows), most_bytes))
    assert [offset for part in parts for offset in part.offset.tolist()] == list(range(len(lengths)))
    return [len(part) for part in parts]


def test_pieces_hold_as_much_as_they_may() -> None:
    assert _sizes([10, 10, 10, 10, 10], 25) == [2, 2, 1]
    assert _sizes([100, 1, 1, 100, None, 0, 3], 25) == [1, 2, 1, 3]
    assert _sizes([0] * 20_000, 25) == [8192, 8192, 3616]
    assert _sizes([], 25) == []
