"""A hall of microphones, and signed models trained on the clip rows that its worker published."""

from dataclasses import replace
from functools import cache, lru_cache

import numpy as np

from agents.audio import AudioPartition
from agents.model_shelf import ModelShelf
from agents.options import AudioOptions
from agents.outputs import Output
from agents.served_artefact import Served, load_files
from connectors.model_artefacts.artefact import seal
from connectors.model_artefacts.keys import trust
from models.serving.canary import make_canary
from models.serving.lanes import AnyReference
from models.sound.tuning import SoundTuning
from models.training.fit_model import TrainingRows, fit_model, training_rows
from models.training.lanes import TRAINING_LANES
from models.training.recipes import RECIPES
from models.training.standard_clips import standardise_clips
from models.training.standardised import Standardised
from schemas.feature_block import decode_feature_block
from schemas.model_manifest import CANARY_FILE, MODEL_FILE
from schemas.records import RecordColumns
from schemas.topics import AUDIO_FRAMES, FEATURES
from stream_app.training.gathering import Gathering
from stream_app.training.plan import Plan
from tests.property.agents.sounds import START_US, message, noise
from tests.unit.serving.made_models import KEY, manifest

NAME = "pdm.audio.fan"
KEYS = trust(KEY)
RATE_HZ, FRAME_S = 16_000, 0.5
MICROPHONES = ("a/mic", "b/mic", "c/mic")
OPTIONS = AudioOptions(tuning=SoundTuning(span_s=1.0, hop_s=0.25, learn_s=8.0, calibrate_s=5.0))

Raw = tuple[int, int, bytes, bytes]


@cache
def hall(seconds: int, seed: int, whistle_s: tuple[float, float] = (0.0, 0.0), hum_from_s: float = 1e9) -> list[Raw]:
    """Records of fans: a whistles for a while, all hum differently from some time on."""
    found: list[Raw] = []
    size = round(FRAME_S * RATE_HZ)
    at_s = np.arange(seconds * RATE_HZ) / RATE_HZ
    sounds = []
    for i in range(len(MICROPHONES)):
        sound = (1.0 + 0.5 * i) * noise(seconds, RATE_HZ, seed + i)
        if i == 0:
            sound += 0.2 * np.sin(2 * np.pi * 2_900.0 * at_s) * ((at_s >= whistle_s[0]) & (at_s < whistle_s[1]))
        sounds.append(sound + 0.2 * np.sin(2 * np.pi * 700.0 * at_s) * (at_s >= hum_from_s))
    for seq in range(seconds * RATE_HZ // size):
        for name, sound in zip(MICROPHONES, sounds, strict=True):
            first = seq * size
            value = message(name, sound[first : first + size], first, seq, RATE_HZ, sensor_type="fan")
            found.append((len(found), START_US // 1000, name[:1].encode(), value))
    return found


def records(raw: list[Raw]) -> RecordColumns:
    return RecordColumns.of(AUDIO_FRAMES, 0, raw)


def told(outputs: list[Output]) -> list[tuple[str, bytes]]:
    return [(output.topic, output.value) for output in outputs]


def gathered(raw: list[Raw], new_normal_from_us: int | None = None) -> tuple[TrainingRows, Standardised]:
    """What training makes of the feature rows that a worker published for these records."""
    gathering = Gathering(Plan("mahalanobis", lane="audio", sensor_type="fan"), FEATURES)
    for output in AudioPartition(AUDIO_FRAMES, 0, OPTIONS).apply(records(raw)).outputs:
        if output.topic == FEATURES:
            gathering.take(0, output.position[0], decode_feature_block(output.value))
    rows = gathering.rows([]).rows
    standard = standardise_clips(rows, new_normal_from_us)
    return training_rows(rows, standard.z, standard.usable, "audio"), standard


@lru_cache(maxsize=1)
def healthy() -> TrainingRows:
    return gathered(hall(80, 1))[0]


@lru_cache(maxsize=16)
def served(algorithm: str = "reconstruction_ensemble", version: int = 1) -> Served:
    return sealed(healthy(), algorithm, version)


def sealed(data: TrainingRows, algorithm: str, version: int, reference: AnyReference | None = None) -> Served:
    """A model fitted on rows, sealed and loaded as a worker does."""
    columns = TRAINING_LANES["audio"].algorithms[algorithm]
    model = replace(fit_model(data, algorithm, columns, 1, RECIPES[algorithm].defaults, NAME), reference=reference)
    places = [data.columns.index(name) for name in columns]
    canary = make_canary(model, np.ascontiguousarray(data.z[data.split.test[:16]][:, places]))
    signed = manifest(model, version, name=NAME, lane="audio", sensor_type="fan")
    return load_files(seal(signed, {MODEL_FILE: model.pack(), CANARY_FILE: canary}, KEY).files, KEYS, NAME, version)


def shelf(**offers: Served) -> ModelShelf:
    """A shelf with models under their aliases."""
    made = ModelShelf(KEYS)
    for alias in ("champion", "challenger"):
        made.put(alias, {NAME: offers[alias]} if alias in offers else {})
    return made
