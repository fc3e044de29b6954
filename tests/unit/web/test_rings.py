"""The bounded memory of points, against a plain list a sensor."""

import numpy as np
import pytest

from stream_app.web.rings import Rings


def batch(rng: np.random.Generator, rows: int, n: int, start: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    row = rng.integers(0, rows, n).astype(np.int32)
    return row, start + np.arange(n, dtype=np.int64), rng.normal(size=(n, 2))


@pytest.mark.parametrize(("rows", "budget"), [(3, 1000), (40, 1000), (700, 3000)])
def test_the_newest_points_of_every_row_are_held(rows: int, budget: int) -> None:
    rng = np.random.default_rng(rows)
    rings = Rings(2, 50, budget)
    told: dict[int, list[tuple[int, tuple[float, ...]]]] = {}
    start = 0
    for n in (1, 7, 400, 0, 1500, 3):
        # Rows come bit by bit, so that the rings shrink while they hold something.
        row, ts_us, values = batch(rng, max(1, min(rows, n)), n, start)
        start += n
        rings.append(row, ts_us, values)
        for r, t, v in zip(row.tolist(), ts_us.tolist(), values.tolist(), strict=True):
            told.setdefault(r, []).append((t, tuple(v)))
    assert rings.capacity * (max(told) + 1) <= budget
    assert rings.points <= budget
    for r, points in told.items():
        held = rings.read(r)
        n = len(held.ts_us)
        assert min(len(points), rings.capacity) >= n > 0
        assert list(zip(held.ts_us.tolist(), map(tuple, held.values.tolist()), strict=True)) == points[-n:]
        assert rings.written(r) == len(points)


def test_a_batch_longer_than_a_ring() -> None:
    rings = Rings(1, 4, 16)
    rings.append(np.zeros(9, np.int32), np.arange(9), np.arange(9.0)[:, None])
    rings.append(np.zeros(1, np.int32), np.array([9]), np.array([[9.0]]))
    assert rings.read(0).ts_us.tolist() == [6, 7, 8, 9]
    assert rings.read(0).values[:, 0].tolist() == [6, 7, 8, 9]


def test_late_points_stand_in_order_of_time() -> None:
    rings = Rings(1, 10, 100)
    rings.append(np.zeros(3, np.int32), np.array([1, 5, 3]), np.array([[1.0], [5.0], [3.0]]))
    assert rings.read(0).values[:, 0].tolist() == [1, 3, 5]


def test_what_came_since() -> None:
    rings = Rings(1, 4, 16)
    rings.append(np.zeros(3, np.int32), np.arange(3), np.arange(3.0)[:, None])
    assert rings.since(0, 1).ts_us.tolist() == [1, 2]
    assert rings.since(0, 3).ts_us.tolist() == []
    rings.append(np.zeros(6, np.int32), np.arange(3, 9), np.arange(6.0)[:, None])
    assert rings.since(0, 3).ts_us.tolist() == [5, 6, 7, 8], "as far as it is held"
    assert rings.read(7).ts_us.tolist() == []
