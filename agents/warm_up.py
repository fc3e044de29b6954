"""Every kernel run once, so that none compiles while partitions are held."""

import numpy as np

from agents.warm_up_clips import warm_up_clip_models
from agents.warm_up_readings import warm_up_readings
from connectors.kafka_lane.record_batches import compile_kernels
from models.blocks.bank import BlockBank, BlockBatch
from models.blocks.columns import COLUMNS
from models.blocks.machine_lines import BEARING_LINES, MachineLines
from models.blocks.model_rows import MODEL_COLUMNS
from models.blocks.reference import BlockReference
from models.blocks.state import BLOCK_STATE
from models.blocks.tuning import BlockTuning
from models.calibration.score_calibration import ScoreCalibration
from models.features.extractors import WINDOW_FEATURES
from models.serving.rbf_expansion import RbfExpansion
from models.serving.sequence_autoencoder import SequenceAutoencoder
from models.serving.tree_forecast import TreeForecast
from models.sound.bank import SoundBank
from models.sound.hearing import SoundBatch
from models.sound.tuning import SoundTuning
from models.windows.context import MOST_CONTEXT_ROWS, RowContext

_START_S = 1_700_000_000


def warm_up() -> None:
    """Compile everything, or load what was compiled before."""
    compile_kernels()
    warm_up_readings()
    warm_up_blocks()
    warm_up_sound()
    warm_up_served()
    warm_up_clip_models()


def warm_up_blocks() -> None:
    """Compile what turns waveform blocks into features, transitions and state."""
    n = 12
    at = np.arange(n)
    samples = list(np.random.default_rng(1).normal(size=(n, 64)).astype(np.float32))
    batch = BlockBatch(
        row=np.zeros(n, np.int64),
        offset=at,
        ts_us=(_START_S + at) * 1_000_000,
        seq=at,
        rate_hz=np.full(n, 25_600.0),
        speed_rpm=np.full(n, 1500.0),
        samples=samples,
        unit=["g"] * n,
        lines=[MachineLines((1.0,) * len(BEARING_LINES), 1.0)] * n,
    )
    bank = BlockBank(BlockTuning(learn_blocks=8, learn_s=0.0))
    bank.advance(batch)
    bank.restore(0, bank.pack(0))
    # What trained models see of blocks.
    reference, zeros = BlockReference({"warm/up": 0}, np.zeros(1, BLOCK_STATE)), np.zeros(1, np.int64)
    reference.standardise(
        ["warm/up"], zeros, np.zeros((1, len(COLUMNS))), np.zeros(1), np.zeros((1, len(MODEL_COLUMNS)))
    )


def warm_up_served() -> None:
    """Compile what trained models of every form score with."""
    k, h, c = len(WINDOW_FEATURES), 2, MOST_CONTEXT_ROWS
    history = RowContext().extend(np.zeros(2, np.int64), np.zeros((2, k)))
    RowContext(np.float64).extend(np.zeros(2, np.int64), np.zeros((2, k)))
    RbfExpansion(WINDOW_FEATURES, {"centres": np.zeros((2, k)), "weights": np.ones(2), "gamma": np.ones(1)}).score(
        history[:, -1]
    )
    one = np.zeros(1, np.int32)
    forecast = dict.fromkeys(("feature", "root", "target", "targets"), one)
    forecast |= dict.fromkeys(("left", "right"), ~one)
    TreeForecast(
        WINDOW_FEATURES,
        {**forecast, "cut": np.zeros(1), "value": np.zeros(1), "usual": np.ones(1), "context": np.array([c])},
    ).score(history)
    cells = {name: np.zeros((4 * h, h)) for name in ("encoder_on", "decoder_in", "decoder_on")}
    biases = {"encoder_bias": np.zeros(4 * h), "decoder_bias": np.zeros(4 * h), "out_bias": np.zeros(k)}
    SequenceAutoencoder(
        WINDOW_FEATURES, {**cells, **biases, "encoder_in": np.zeros((4 * h, k)), "out": np.zeros((k, h))}
    ).score(history)
    calibration = ScoreCalibration.empty(1)
    calibration.advance(np.arange(100.0), np.ones(100, np.bool_), np.empty(100), np.empty(100))


def warm_up_sound() -> None:
    """Compile what turns sound into features, transitions and state; with a tone at the end that is strange."""
    n, rate_hz = 40, 8_000
    at = np.arange(n)
    sound = np.random.default_rng(1).normal(scale=0.1, size=(n, rate_hz // 2)).astype(np.float32)
    sound[-6:] += np.sin(np.arange(rate_hz // 2)).astype(np.float32)
    batch = SoundBatch(
        row=np.zeros(n, np.int64),
        offset=at,
        ts_us=_START_S * 1_000_000 + 500_000 * at,
        seq=at,
        rate_hz=np.full(n, rate_hz),
        channels=np.ones(n, np.int64),
        samples=list(sound),
    )
    bank = SoundBank(SoundTuning(span_s=0.5, hop_s=0.25, learn_s=8.0, calibrate_s=5.0))
    bank.advance(batch)
    bank.restore(0, bank.pack(0))
