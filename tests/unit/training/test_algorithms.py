"""Laws that every trainable algorithm keeps, and what each must find."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.served_artefact import load_files
from connectors.model_artefacts.keys import trust
from models.features.extractors import WINDOW_FEATURES
from models.serving.forms import FORMS
from models.serving.sequence_autoencoder import SequenceAutoencoder, quantised
from models.serving.served_model import ServedModel
from models.serving.tree_forecast import TreeForecast
from models.training.fit_model import evaluate, fit_model, places_before, with_context
from models.training.recipes import RECIPES
from models.windows.context import MOST_CONTEXT_ROWS, RowContext
from schemas.errors import RefusedModelError
from stream_app.commands.train import ALGORITHMS
from tests.unit.serving.made_models import KEY, NAME, artefact, fitted, noise

QUICK = {"lstm_autoencoder": {"epochs": 4, "cells": 8, "rate": 0.01, "quantise": False}}
each = pytest.mark.parametrize("algorithm", RECIPES)


def model_of(algorithm: str) -> ServedModel:
    if algorithm in QUICK:
        return fit_model(
            noise(), algorithm, WINDOW_FEATURES, 1, {**RECIPES[algorithm].defaults, **QUICK[algorithm]}, NAME
        )
    return fitted(algorithm)


@pytest.fixture(scope="module")
def models() -> dict[str, ServedModel]:
    return {algorithm: model_of(algorithm) for algorithm in RECIPES}


def test_what_can_be_trained_can_be_served_and_is_offered() -> None:
    assert tuple(RECIPES) == tuple(FORMS) == ALGORITHMS
    assert all(recipe.context_rows <= MOST_CONTEXT_ROWS for recipe in RECIPES.values())


@each
def test_same_rows_and_seed_same_bytes(algorithm: str, models: dict[str, ServedModel]) -> None:
    assert model_of(algorithm).pack() == models[algorithm].pack()


@each
def test_it_finds_injected_faults_and_is_right_on_healthy_rows(algorithm: str, models: dict[str, ServedModel]) -> None:
    metrics = evaluate(models[algorithm], noise(), 1)
    assert metrics["injected_roc_auc"] > 0.9
    assert metrics["judged_share"] > 0.9
    assert metrics["false_alarms"] == 0.0


@each
def test_it_comes_back_from_its_artefact_to_the_bit(algorithm: str, models: dict[str, ServedModel]) -> None:
    model = models[algorithm]
    served = load_files(artefact(model).files, trust(KEY), NAME, 1).model
    rows = with_context(noise(), noise().split.test, model.context_rows)
    for got, wanted in zip(served.judge(rows, WINDOW_FEATURES), model.judge(rows, WINDOW_FEATURES), strict=True):
        np.testing.assert_array_equal(got, wanted)
    assert served.pack() == model.pack()


@each
def test_a_row_is_judged_alone_and_input_stays_as_it_is(algorithm: str, models: dict[str, ServedModel]) -> None:
    model = models[algorithm]
    rows = with_context(noise(), noise().split.test[:40], model.context_rows).copy()
    rows[3] = 1e9
    rows[4, ..., ::3] = np.nan
    rows[5] = np.nan
    before = rows.copy()
    whole = model.judge(rows, WINDOW_FEATURES)
    np.testing.assert_array_equal(rows, before)
    order = np.random.default_rng(1).permutation(len(rows))
    for part, of_all in zip(model.judge(rows[order], WINDOW_FEATURES), whole, strict=True):
        np.testing.assert_array_equal(part, of_all[order])
    one_by_one = [model.judge(rows[i : i + 1], WINDOW_FEATURES)[0][0] for i in range(len(rows))]
    np.testing.assert_array_equal(one_by_one, whole[0])
    assert len(model.judge(rows[:0], WINDOW_FEATURES)[0]) == 0
    assert np.isnan(whole[0][5])
    assert whole[0][3] > np.nanmax(whole[0][6:])


def test_the_autoencoder_says_what_torch_says(models: dict[str, ServedModel]) -> None:
    torch = pytest.importorskip("torch")
    detector = models["lstm_autoencoder"].detector
    assert isinstance(detector, SequenceAutoencoder)
    arrays = {name: torch.from_numpy(np.array(array)) for name, array in detector.arrays().items()}
    h, k = arrays["encoder_on"].shape[1], len(WINDOW_FEATURES)
    encoder, decoder = torch.nn.LSTM(k, h, batch_first=True), torch.nn.LSTM(h, h, batch_first=True)
    with torch.no_grad():
        for part, name in ((encoder, "encoder"), (decoder, "decoder")):
            part.weight_ih_l0.copy_(arrays[f"{name}_in"])
            part.weight_hh_l0.copy_(arrays[f"{name}_on"])
            part.bias_ih_l0.copy_(arrays[f"{name}_bias"])
            part.bias_hh_l0.zero_()
        rows = with_context(noise(), noise().split.test, 7)
        data = torch.from_numpy(rows.astype(np.float32))
        _, (state, cell) = encoder(data)
        drawn, _ = decoder(state[0][:, None], (state, cell))
        wrong = drawn[:, 0] @ arrays["out"].T + arrays["out_bias"] - data[:, -1]
    np.testing.assert_allclose(detector.score(rows), (wrong**2).mean(dim=1).numpy(), rtol=1e-3)


def test_weights_as_bytes_are_a_quarter_and_say_nearly_the_same(models: dict[str, ServedModel]) -> None:
    plain = models["lstm_autoencoder"].detector
    arrays = {name: np.array(array) for name, array in plain.arrays().items()}
    small = quantised(arrays)
    assert sum(a.nbytes for a in small.values()) < 0.4 * sum(a.nbytes for a in arrays.values())
    rows = with_context(noise(), noise().split.test, 7)
    scores = SequenceAutoencoder(WINDOW_FEATURES, small).score(rows)
    assert np.corrcoef(scores, plain.score(rows))[0, 1] > 0.99


def test_trees_that_point_elsewhere_are_refused(models: dict[str, ServedModel]) -> None:
    arrays = {name: np.array(array) for name, array in models["lightgbm_forecast"].detector.arrays().items()}
    for name, wrong in (("feature", 10_000), ("left", 10_000), ("left", 0), ("root", -100_000), ("targets", 30)):
        broken = {key: array.copy() for key, array in arrays.items()}
        broken[name][-1] = wrong
        with pytest.raises(ValueError, match="out of their arrays"):
            TreeForecast(WINDOW_FEATURES, broken)


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(0, 60), max_size=6), seed=st.integers(0, 1000))
def test_rows_before_a_row_are_the_same_however_batches_are_cut(cuts: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    series, z = rng.integers(0, 3, 60), rng.normal(size=(60, len(WINDOW_FEATURES)))
    dtype = (np.float32, np.float64)[seed % 2]
    whole = RowContext(dtype).extend(series, z)
    context, parts = RowContext(dtype), []
    edges = [0, *sorted(cuts), 60]
    for begin, end in pairwise(edges):
        if end > begin:
            parts.append(context.extend(series[begin:end], z[begin:end]))
            again = RowContext(dtype)
            for number in range(3):
                again.restore(number, context.of(number).tobytes())
            context = again
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    expected = places_before(series, MOST_CONTEXT_ROWS)
    np.testing.assert_array_equal(np.isnan(whole[..., 0]), expected < 0)
    np.testing.assert_allclose(np.nan_to_num(whole), np.where(expected[..., None] < 0, 0.0, z[expected]), rtol=1e-6)


def test_rows_that_were_not_taken_in_leave_no_context() -> None:
    context, z = RowContext(), np.ones((4, len(WINDOW_FEATURES)))
    context.extend(np.array([0, 0, 1, 1]), z)
    context.packed_changes()
    context.forget(np.array([1, 2]))
    assert context.packed_changes() == [(1, b"")]
    again = RowContext()
    again.restore(1, b"")
    assert not again.holds(1)
    assert np.isnan(context.extend(np.array([1]), z[:1])[0, :-1]).all()
    assert not np.isnan(context.extend(np.array([0]), z[:1])[0, -3:]).any()


def test_too_few_columns_for_the_arrays_are_refused(models: dict[str, ServedModel]) -> None:
    for algorithm in ("one_class_svm", "lstm_autoencoder"):
        with pytest.raises(RefusedModelError):
            ServedModel.unpack(
                models[algorithm].pack(),
                name=NAME,
                version="1",
                algorithm=algorithm,
                lane="readings",
                columns=("mean",),
                context_rows=0,
            )
