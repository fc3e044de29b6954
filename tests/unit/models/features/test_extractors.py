"""A row alone, permuted or in any batch has features of the same bits; bad rows have stated answers."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from models.features.extractors import BLOCK_FEATURES, WINDOW_FEATURES, block_features, feature_unit, window_features
from models.features.window_statistics import STATISTICS
from schemas.errors import BadDataError

Rows = NDArray[np.float64]
NOISE = np.random.default_rng(13)


def of_blocks(rows: Rows) -> Rows:
    return block_features(rows, 20_000.0, "g")


EXTRACTORS = pytest.mark.parametrize(
    ("extract", "names"), [(window_features, WINDOW_FEATURES), (of_blocks, BLOCK_FEATURES)], ids=["window", "block"]
)
Extract = Callable[[Rows], Rows]


def same(a: Rows, b: Rows) -> bool:
    return a.shape == b.shape and a.tobytes() == b.tobytes()


@EXTRACTORS
@pytest.mark.parametrize("samples", [1, 2, 5, 61, 64, 100, 1031, 2048])
def test_a_row_has_the_same_bits_in_any_company(extract: Extract, names: tuple[str, ...], samples: int) -> None:
    rows = NOISE.normal(size=(23, samples)).cumsum(axis=1) * 10.0 ** NOISE.integers(-3, 9, (23, 1))
    rows[4] = 7.7
    rows[9, samples // 2] = np.nan
    together = extract(rows)
    assert together.shape == (23, len(names))
    assert together.dtype == np.float64
    assert same(np.concatenate([extract(row[None, :]) for row in rows]), together)
    order = NOISE.permutation(23)
    assert same(extract(rows[order]), together[order])
    for size in (2, 3, 5, 7):
        assert same(np.concatenate([extract(rows[at : at + size]) for at in range(0, 23, size)]), together)
    # Rows that do not lie side by side in memory are the same rows.
    assert same(extract(np.asfortranarray(rows)), together)
    assert same(extract(np.repeat(rows, 2, axis=0)[::2]), together)


@EXTRACTORS
def test_input_is_left_alone_and_no_rows_give_no_rows(extract: Extract, names: tuple[str, ...]) -> None:
    rows = NOISE.normal(size=(3, 64))
    before = rows.copy()
    extract(rows)
    assert same(rows, before)
    assert extract(np.empty((0, 64))).shape == (0, len(names))


@EXTRACTORS
@pytest.mark.parametrize("samples", [1, 64, 2048])
@pytest.mark.parametrize("value", [0.0, 0.1, -3.7, 1e9 + 0.1, 1e30])
def test_a_constant_row_is_all_level_and_nothing_else(
    extract: Extract, names: tuple[str, ...], samples: int, value: float
) -> None:
    found = dict(zip(names, extract(np.full((1, samples), value))[0], strict=True))
    levels = {"mean", "rms", *(name for name in STATISTICS if name.startswith("percentile"))}
    for name in levels - {"rms"}:
        assert found.pop(name) == value
    assert found.pop("rms") == abs(value)
    if samples == 1 and "velocity_rms_mm_s" in found:
        assert np.isnan(found.pop("velocity_rms_mm_s"))
    assert set(found.values()) == {0.0}


@EXTRACTORS
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1.01e100])
@pytest.mark.parametrize("place", [0, 31, 63])
def test_a_row_with_one_unusable_sample_is_nan_throughout(
    extract: Extract, names: tuple[str, ...], bad: float, place: int
) -> None:
    rows = NOISE.normal(size=(3, 64))
    expected = extract(rows)
    rows[1, place] = bad
    with np.errstate(all="raise"):
        found = extract(rows)
    assert np.isnan(found[1]).all()
    assert same(found[[0, 2]], expected[[0, 2]])


@EXTRACTORS
@pytest.mark.parametrize("scale", [2.0**-100, 2.0**100, 2.0**300])
def test_features_of_huge_and_tiny_rows_scale(extract: Extract, names: tuple[str, ...], scale: float) -> None:
    rows = NOISE.normal(size=(2, 1024))
    plain, scaled = extract(rows), extract(rows * scale)
    for j, name in enumerate(names):
        factor = scale if feature_unit(name, "g") in ("g", "mm/s") else 1.0
        np.testing.assert_allclose(scaled[:, j], plain[:, j] * factor, rtol=1e-9, atol=0.0, err_msg=name)


@EXTRACTORS
def test_an_offset_of_a_billion_moves_only_the_level(extract: Extract, names: tuple[str, ...]) -> None:
    rows = np.rint(NOISE.normal(0.0, 1000.0, (2, 1024)))
    plain, moved = extract(rows), extract(rows + 1e9)
    levels = [j for j, name in enumerate(names) if name in ("mean", "rms") or name.startswith("percentile")]
    others = [j for j in range(len(names)) if j not in levels]
    np.testing.assert_allclose(moved[:, others], plain[:, others], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(moved[:, levels], 1e9, rtol=1e-5)


def test_float32_blocks_are_worked_out_in_float64() -> None:
    blocks = NOISE.normal(size=(4, 512)).astype(np.float32)
    assert same(block_features(blocks, 1000.0), block_features(blocks.astype(np.float64), 1000.0))


def test_the_velocity_needs_an_acceleration() -> None:
    blocks = NOISE.normal(size=(2, 2000))
    column = BLOCK_FEATURES.index("velocity_rms_mm_s")
    assert np.isfinite(block_features(blocks, 20_000.0, "m/s²")).all()
    without = block_features(blocks, 20_000.0)
    assert np.isnan(without[:, column]).all()
    assert np.isfinite(np.delete(without, column, axis=1)).all()


def test_names_are_unique_and_their_units_known() -> None:
    for names in (WINDOW_FEATURES, BLOCK_FEATURES):
        assert len(set(names)) == len(names)
    expected = {
        "mean": "bar",
        "peak_1_hz": "Hz",
        "peak_1_per_sample": "1/sample",
        "peak_1_magnitude": "bar",
        "envelope_peak_2_magnitude": "bar",
        "crossings_per_sample": "1/sample",
        "entropy_bit": "bit",
        "velocity_rms_mm_s": "mm/s",
        "kurtosis": "",
        "band_3_share": "",
        "spectral_flatness": "",
    }
    assert {name: feature_unit(name, "bar") for name in expected} == expected


@pytest.mark.parametrize("rows", [np.zeros(5), np.zeros((2, 0)), np.zeros((1, 2, 3))])
def test_what_is_not_rows_of_samples_is_refused(rows: Rows) -> None:
    with pytest.raises(BadDataError, match="samples have shape"):
        window_features(rows)
