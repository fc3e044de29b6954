"""What the models of a type learn depends on its rows alone, and comes back from the records that were packed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.features.extractors import WINDOW_FEATURES
from models.windows.type_stage import CHUNK_ROWS, SNAPSHOT, SNAPSHOT_CHUNKS, TypeStage, chunk_of, end_of
from schemas.errors import BadDataError

K = len(WINDOW_FEATURES)


def advance(stage: TypeStage, z: NDArray[np.float64], learn: NDArray[np.bool_], cuts: list[int]) -> list[float]:
    """Judge and note rows in pieces that end at chunks and at `cuts`; return the p-values."""
    p_values: list[float] = []
    at = 0
    while at < len(z):
        end = min([at + stage.left, len(z), *(cut for cut in cuts if cut > at)])
        judged = stage.judge(z[at:end])
        p_values += judged.p_value.tolist()
        # Where nothing may be learned, an anomaly is open.
        stage.note(z[at:end], learn[at:end], judged.p_values, ~learn[at:end], judged.scores[:, :-1])
        at = end
    return p_values


def rows(n: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, K)).astype(np.float32).astype(np.float64), rng.random(n) < 0.9


def same(one: TypeStage, other: TypeStage) -> bool:
    return (one.chunk, one.left, one.models.pack(), one.weights.pack()) == (
        other.chunk, other.left, other.models.pack(), other.weights.pack(),
    )  # fmt: skip


def test_chunks_grow_and_follow_each_other() -> None:
    for judged in range(1000):
        chunk = chunk_of(judged)
        assert judged < end_of(chunk)
        assert chunk == 0 or end_of(chunk - 1) <= judged
    assert [end_of(chunk) for chunk in range(9)] == [1, 2, 4, 8, 16, 32, 64, 128, 192][:9]
    assert end_of(100) - end_of(99) == CHUNK_ROWS


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 99), st.lists(st.integers(1, 399), max_size=12))
def test_cuts_change_nothing(seed: int, cuts: list[int]) -> None:
    z, learn = rows(400, seed)
    whole, parts = TypeStage("pump"), TypeStage("pump")
    np.testing.assert_array_equal(advance(whole, z, learn, []), advance(parts, z, learn, cuts))
    assert same(whole, parts)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 99), st.lists(st.integers(1, 500), min_size=1, max_size=5))
def test_restored_models_go_on_bit_equal(seed: int, lengths: list[int]) -> None:
    stage, kept = TypeStage("pump"), dict[int, bytes]()
    for number, length in enumerate(lengths):
        z, learn = rows(length, seed + number)
        restored = TypeStage("pump")
        restored.restore(kept)
        assert same(stage, restored)
        np.testing.assert_array_equal(advance(stage, z, learn, []), advance(restored, z, learn, []))
        assert same(stage, restored)
        changed = dict(restored.packed_changes())
        assert changed == dict(stage.packed_changes())
        kept |= changed
        assert dict(stage.packed_changes()) == {}


def test_restored_models_go_on_bit_equal_over_a_snapshot() -> None:
    # The second snapshot, and one chunk more; what was packed before it was packed at every 300th row.
    end = end_of(SNAPSHOT_CHUNKS - 1)
    z, learn = rows(end + 100, 1)
    stage, kept = TypeStage("pump"), dict[int, bytes]()
    for begin in range(0, end + 100, 300):
        advance(stage, z[begin : begin + 300], learn[begin : begin + 300], [])
        kept |= dict(stage.packed_changes())
        if begin + 300 < end - 300:
            continue
        restored = TypeStage("pump")
        restored.restore(kept)
        assert same(stage, restored)
    assert int.from_bytes(kept[SNAPSHOT][:8], "little") == SNAPSHOT_CHUNKS
    assert stage.state_bytes == pytest.approx(sum(map(len, kept.values())), rel=0.01)


def test_types_of_other_names_draw_other_numbers() -> None:
    z, learn = rows(400, 1)
    one, other = TypeStage("pump"), TypeStage("fan")
    advance(one, z, learn, [])
    advance(other, z, learn, [])
    assert one.models.pack() != other.models.pack()


def test_rows_of_another_form_are_refused() -> None:
    stage = TypeStage("pump")
    advance(stage, *rows(100, 1), [])
    kept = dict(stage.packed_changes())
    broken = {number: record[:-4] if number == stage.chunk else record for number, record in kept.items()}
    with pytest.raises(BadDataError, match="type 'pump'"):
        TypeStage("pump").restore(broken)
