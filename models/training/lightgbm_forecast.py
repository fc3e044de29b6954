"""Trees that foretell some features of a row from the rows before it, fitted by LightGBM."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.detectors.row_detector import LARGEST_Z
from models.serving.tree_forecast import TreeForecast

TARGETS = 6
"""Features that are foretold: those whose next value the trees explain best, and at least these many."""

_FIT_SHARE = 0.75
_TOLERANCE = 1e-9


def fit_lightgbm_forecast(
    x: NDArray[np.float64], columns: tuple[str, ...], seed: int, *, trees: int, leaves: int, rate: float
) -> TreeForecast:
    """Return the forecast fitted on rows (n, c + 1, k), the last of each to be foretold from the others.

    Usual errors are those on the last quarter of the rows, which the trees never saw.
    """
    import lightgbm

    rows = np.where(np.isnan(x), 0.0, np.clip(x, -LARGEST_Z, LARGEST_Z))
    n = int(_FIT_SHARE * len(rows))
    before, last = rows[:, :-1].reshape(len(rows), -1), rows[:, -1]
    settings = {
        "objective": "regression", "num_leaves": leaves, "learning_rate": rate, "seed": seed, "deterministic": True,
        "force_row_wise": True, "num_threads": 1, "verbosity": -1, "min_data_in_leaf": 20, "feature_fraction": 0.5,
    }  # fmt: skip
    targets = _foretellable(before[:n], last[:n])
    boosters = [
        lightgbm.train(settings, lightgbm.Dataset(before[:n], last[:n, target]), num_boost_round=trees)
        for target in targets.tolist()
    ]
    arrays = _arrays([booster.dump_model() for booster in boosters])
    arrays |= {
        "targets": targets.astype(np.int32),
        "usual": np.ones(len(targets)),
        "context": np.array([rows.shape[1] - 1], np.int64),
    }
    told = TreeForecast(columns, arrays).foretell(rows[:, :-1])
    wanted = np.column_stack([np.asarray(booster.predict(before, num_threads=1)) for booster in boosters])
    if not np.allclose(told, wanted, rtol=_TOLERANCE, atol=_TOLERANCE):
        raise AssertionError("the arrays of the trees do not say what LightGBM says")
    wrong = last[n:, targets] - told[n:]
    arrays["usual"] = np.maximum(np.sqrt((wrong * wrong).mean(axis=0)), 1e-3)
    return TreeForecast(columns, arrays)


def _foretellable(before: NDArray[np.float64], last: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the places of the TARGETS columns that the row before tells most of, ascending."""
    k = last.shape[1]
    previous = before[:, -k:]
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = (previous - previous.mean(axis=0)) / previous.std(axis=0)
        now = (last - last.mean(axis=0)) / last.std(axis=0)
        shared = np.nan_to_num(np.abs((moved * now).mean(axis=0)))
    return np.sort(np.argsort(-shared, kind="stable")[:TARGETS])


def _arrays(dumps: list[dict[str, Any]]) -> dict[str, NDArray[Any]]:
    feature: list[int] = []
    cut: list[float] = []
    sides: list[list[int]] = []
    value: list[float] = []
    root: list[int] = []
    target: list[int] = []

    def place(node: dict[str, Any]) -> int:
        """Append a node with everything below it; return its place, ~place of a leaf."""
        if "leaf_value" in node:
            value.append(float(node["leaf_value"]))
            return ~(len(value) - 1)
        at = len(feature)
        feature.append(int(node["split_feature"]))
        cut.append(float(node["threshold"]))
        sides.append([0, 0])
        sides[at] = [place(node["left_child"]), place(node["right_child"])]
        return at

    for number, dump in enumerate(dumps):
        for tree in dump["tree_info"]:
            root.append(place(tree["tree_structure"]))
            target.append(number)
    left, right = np.array(sides, np.int32).reshape(-1, 2).T
    return {
        "feature": np.array(feature, np.int32), "cut": np.array(cut), "left": left.copy(), "right": right.copy(),
        "value": np.array(value), "root": np.array(root, np.int32), "target": np.array(target, np.int32),
    }  # fmt: skip
