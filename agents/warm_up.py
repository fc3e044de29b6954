"""Every kernel run once, so that none compiles while partitions are held."""

import numpy as np

from agents.options import ReadingsOptions
from agents.readings import ReadingsPartition
from agents.warm_up_clips import warm_up_clip_models
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
from models.series import SeriesBank
from models.series_view import describe
from models.serving.rbf_expansion import RbfExpansion
from models.serving.sequence_autoencoder import SequenceAutoencoder
from models.serving.tree_forecast import TreeForecast
from models.sound.bank import SoundBank
from models.sound.hearing import SoundBatch
from models.sound.tuning import SoundTuning
from models.tuning import Tuning
from models.windows.bank import WindowBank
from models.windows.context import MOST_CONTEXT_ROWS, RowContext
from models.windows.state import LONGEST_WINDOW, WINDOW
from models.windows.tuning import WindowTuning
from models.windows.type_stage import TypeStage
from schemas.records import RecordColumns
from schemas.sensor_index import SensorIndex

_READING = b'{"sensor_id":"warm/up","ts":%d,"value":%d.5,"seq":%d,"unit":"C","asset_id":"warm","sensor_type":"x"}'
_START_S = 1_700_000_000


def warm_up() -> None:
    """Compile everything, or load what was compiled before."""
    warm_up_decoder()
    warm_up_models()
    warm_up_windows()
    warm_up_blocks()
    warm_up_assets()
    warm_up_sound()
    warm_up_served()
    warm_up_clip_models()


def warm_up_decoder() -> None:
    """Compile what turns fetched bytes into columns."""
    compile_kernels()
    values = [_READING % (_START_S + i, i, i) for i in range(4)]
    values += [b"[" + b",".join(values) + b"]", b"\n".join(values), b"{}"]
    records = RecordColumns.of("warm", 0, [(i, _START_S * 1000, b"warm", value) for i, value in enumerate(values)])
    decoder = ReadingsOptions().decoder(SensorIndex())
    # Only at the second time are the sensors known.
    for _ in range(2):
        decoder.decode(records)


def warm_up_models() -> None:
    """Compile what turns columns into transitions and state."""
    n = 100
    at = np.arange(n)
    for grace_s in (0.0, 1.0):
        bank = SeriesBank(Tuning(grace_s=grace_s, learn_readings=60))
        value = np.where(at > 80, 1e9, at % 3)
        bank.advance(np.zeros(n, np.int32), (_START_S + at) * 1_000_000, value, at, at, np.zeros(n, np.int64))
        packed = bank.packed_changes().hot[0]
        describe(packed)
        bank.restore(0, packed, {})


def warm_up_windows() -> None:
    """Compile what turns windows into features, judgements and state; enough of them for the forest to grow."""
    n = 400
    at = np.arange(n)
    samples = np.random.default_rng(1).normal(size=(n, LONGEST_WINDOW))
    samples[-20:] *= 100.0
    facts = np.zeros(n, WINDOW)
    facts["samples"] = LONGEST_WINDOW
    facts["start_ts_us"], facts["ts_us"] = at, at
    bank = WindowBank(WindowTuning())
    bank.ensure(1)
    bank.types.append(TypeStage("warm"))
    for begin in range(0, n, 100):
        bank.advance(facts[begin : begin + 100], samples[begin : begin + 100], np.zeros(100, np.int64))


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


def warm_up_assets() -> None:
    """Compile what finds relations between the sensors of an asset, and its operating modes, told or found."""
    for sensor_type in (b"speed", b"x"):
        values = [
            b'{"sensor_id":"warm/%d","ts":%d,"value":%d.5,"sensor_type":"%s"}'
            % (i % 2, _START_S + i // 2, i % 5, sensor_type)
            for i in range(40)
        ]
        records = [(i, _START_S * 1000, b"warm", value) for i, value in enumerate(values)]
        ReadingsPartition("warm", 0).apply(RecordColumns.of("warm", 0, records))


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
