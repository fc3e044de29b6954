"""The run of `bench models`: every algorithm of readings and of sound on rows of a simulated sensor type."""

from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from agents.options import ReadingsOptions
from benchmarks.machine import commit, machine, versions
from benchmarks.models.clips import simulated_clips
from models.features.extractors import WINDOW_FEATURES, window_features
from models.training.feature_rows import FeatureRows
from models.training.fit_model import TrainingRows, evaluate, fit_model, measure_latency, training_rows
from models.training.lanes import TRAINING_LANES
from models.training.recipes import RECIPES, Value
from models.training.standard_rows import standardise

COLUMNS = ("lane", "algorithm", "variant", "bytes", "us_per_row", "injected_roc_auc", "injected_recall", "false_alarms")
SENSORS, READINGS = 6, 12_000
_QUANTISED = "lstm_autoencoder"
VARIANTS: tuple[tuple[str, str, str, dict[str, Value]], ...] = (
    *(("readings", name, "", {}) for name in TRAINING_LANES["readings"].algorithms if name != _QUANTISED),
    ("readings", _QUANTISED, "float32", {"quantise": False}),
    ("readings", _QUANTISED, "int8", {"quantise": True}),
    *(("audio", name, "", {}) for name in TRAINING_LANES["audio"].algorithms),
)


def run(lanes: Collection[str], say: Callable[[str], None]) -> dict[str, Any]:
    """Return the document of the algorithms of some lanes."""
    of_lane: dict[str, TrainingRows] = {}
    rows = []
    for lane, algorithm, variant, parameters in VARIANTS:
        if lane not in lanes:
            continue
        if lane not in of_lane:
            say(f"simulating lane {lane}")
            of_lane[lane] = _ROWS[lane]()
        say(f"fitting {algorithm} {variant} of lane {lane}")
        data, columns = of_lane[lane], TRAINING_LANES[lane].algorithms[algorithm]
        model = fit_model(data, algorithm, columns, 1, {**RECIPES[algorithm].defaults, **parameters})
        metrics = evaluate(model, data, 1) | measure_latency(model, data)
        rows.append(
            {
                "lane": lane,
                "algorithm": algorithm,
                "variant": variant,
                # What calibrates the scores is of one size for all.
                "bytes": sum(np.asarray(array).nbytes for array in model.detector.arrays().values()),
                "us_per_row": round(metrics["latency_us_per_row"], 2),
                **{name: round(metrics[name], 4) for name in COLUMNS[5:]},
            }
        )
    return {"benchmark": "models", "machine": machine(), "commit": commit(), "versions": versions(), "rows": rows}


def simulated_windows() -> TrainingRows:
    """Return the feature rows of SENSORS sensors with a slow swing, a hum and autocorrelated noise."""
    shape = ReadingsOptions().windows.shape
    window, hop = shape.window, shape.hop
    rng = np.random.default_rng(7)
    values, sensor, ts_us = [], [], []
    at = np.arange(READINGS)
    for number in range(SENSORS):
        noise = np.zeros(READINGS)
        steps = rng.normal(size=READINGS)
        for i in range(1, READINGS):
            noise[i] = 0.6 * noise[i - 1] + steps[i]
        swing = 1.5 * np.sin(2 * np.pi * at / (900 + 50 * number)) + 0.8 * np.sin(2 * np.pi * at * 0.11)
        samples = 50.0 + swing + noise
        ends = np.arange(window, READINGS + 1, hop)
        values.append(window_features(np.stack([samples[end - window : end] for end in ends.tolist()])))
        sensor.append(np.full(len(ends), number))
        ts_us.append(ends * 1_000_000)
    all_ts = np.concatenate(ts_us)
    n = len(all_ts)
    rows = FeatureRows(
        WINDOW_FEATURES, tuple(f"a/{number}" for number in range(SENSORS)), np.concatenate(sensor), all_ts,
        all_ts - window * 1_000_000, np.zeros(n, np.int64), np.concatenate(values), np.zeros(n, np.bool_),
    )  # fmt: skip
    z, usable, _ = standardise(rows)
    return training_rows(rows, z, usable)


_ROWS: dict[str, Callable[[], TrainingRows]] = {"readings": simulated_windows, "audio": simulated_clips}


def cells(document: dict[str, Any]) -> list[list[object]]:
    """Return the rows of the table."""
    return [[row[name] for name in COLUMNS] for row in document["rows"]]
