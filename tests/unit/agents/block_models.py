"""A plant with waveform sensors, and signed models trained on the feature rows that its worker published."""

from dataclasses import replace
from functools import lru_cache

import msgspec
import numpy as np

from agents.model_shelf import ModelShelf
from agents.options import SignalsOptions
from agents.served_artefact import Served, load_files
from agents.signals import SignalsPartition
from connectors.model_artefacts.artefact import seal
from connectors.model_artefacts.keys import trust
from models.blocks.model_rows import MODEL_COLUMNS
from models.blocks.tuning import BlockTuning
from models.serving.canary import make_canary
from models.serving.lanes import AnyReference
from models.training.fit_model import TrainingRows, fit_model, training_rows
from models.training.recipes import RECIPES
from models.training.standard_blocks import standardise_blocks
from models.training.standardised import Standardised
from schemas.feature_block import decode_feature_block
from schemas.model_manifest import CANARY_FILE, MODEL_FILE
from schemas.records import RecordColumns
from schemas.topics import FEATURES, SIGNALS
from stream_app.training.gathering import Gathering
from stream_app.training.plan import Plan
from tests.property.agents.waveforms import START_US, Raw
from tests.unit.serving.made_models import KEY, manifest

NAME = "pdm.signals.motor"
KEYS = trust(KEY)
OPTIONS = SignalsOptions(tuning=BlockTuning(learn_s=0.0))
SENSORS, SAMPLES = 3, 128


def plant(blocks: int, seed: int = 3, *, fault_at: int | None = None, gain_at: int | None = None) -> list[Raw]:
    """Records of motors at changing speeds; motor 0 rattles from `fault_at` on, all are louder from `gain_at` on."""
    rng = np.random.default_rng(seed)
    found: list[Raw] = []
    for k in range(blocks):
        for i in range(SENSORS):
            rpm = 1500.0 + 60.0 * (k % 5)
            tone = np.sin(2 * np.pi * rpm / 60.0 / 2_560.0 * np.arange(SAMPLES))
            samples = tone + (0.3 + 0.1 * i) * rng.normal(size=SAMPLES)
            if fault_at is not None and i == 0 and k >= fault_at:
                samples[::16] += rng.choice([-1.0, 1.0], SAMPLES // 16) * 1.2
            if gain_at is not None and k >= gain_at:
                samples *= 6.0
            fields = {
                "sensor_id": f"m{i}/v", "sensor_type": "motor", "ts": START_US + k * 1_000_000, "rate_hz": 2_560.0,
                "samples": samples.astype("<f4").tobytes(), "unit": "g", "seq": k, "speed_rpm": rpm,
            }  # fmt: skip
            found.append((len(found), START_US // 1000, b"k", msgspec.msgpack.encode(fields)))
    return found


def records(raw: list[Raw]) -> RecordColumns:
    return RecordColumns.of(SIGNALS, 0, raw)


def gathered(raw: list[Raw], new_normal_from_us: int | None = None) -> tuple[TrainingRows, Standardised]:
    """What training makes of the feature rows that a worker published for these records."""
    gathering = Gathering(Plan("mahalanobis", lane="signals", sensor_type="motor"), FEATURES)
    for output in SignalsPartition(SIGNALS, 0, OPTIONS).apply(records(raw)).outputs:
        if output.topic == FEATURES:
            gathering.take(0, output.position[0], decode_feature_block(output.value))
    rows = gathering.rows([]).rows
    standard = standardise_blocks(rows, new_normal_from_us)
    return training_rows(rows, standard.z, standard.usable, "signals"), standard


@lru_cache(maxsize=1)
def healthy() -> TrainingRows:
    return gathered(plant(260))[0]


@lru_cache(maxsize=8)
def served(algorithm: str = "mahalanobis", version: int = 1) -> Served:
    return sealed(healthy(), algorithm, version)


def sealed(data: TrainingRows, algorithm: str, version: int, reference: AnyReference | None = None) -> Served:
    """A model fitted on rows, sealed and loaded as a worker does."""
    model = fit_model(data, algorithm, MODEL_COLUMNS, 1, RECIPES[algorithm].defaults, NAME)
    model = replace(model, reference=reference)
    files = {MODEL_FILE: model.pack(), CANARY_FILE: make_canary(model, data.z[data.split.test[:16]])}
    told = manifest(model, version, name=NAME, lane="signals", sensor_type="motor")
    return load_files(seal(told, files, KEY).files, KEYS, NAME, version)


def shelf(**offers: Served) -> ModelShelf:
    """A shelf with models under their aliases."""
    made = ModelShelf(KEYS)
    for alias in ("champion", "challenger"):
        made.put(alias, {NAME: offers[alias]} if alias in offers else {})
    return made
