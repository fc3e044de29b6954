"""Every kernel of the readings lane run once; a trained model's are no part of it."""

import numpy as np

from agents.options import ReadingsOptions
from agents.readings import ReadingsPartition
from models.series import SeriesBank
from models.series_view import describe
from models.tuning import Tuning
from models.windows.bank import WindowBank
from models.windows.state import LONGEST_WINDOW, WINDOW
from models.windows.tuning import WindowTuning
from models.windows.type_stage import TypeStage
from schemas.records import RecordColumns
from schemas.sensor_index import SensorIndex

_READING = b'{"sensor_id":"warm/up","ts":%d,"value":%d.5,"seq":%d,"unit":"C","asset_id":"warm","sensor_type":"x"}'
_START_S = 1_700_000_000


def warm_up_readings() -> None:
    """Compile everything, or load what was compiled before."""
    warm_up_decoder()
    warm_up_models()
    warm_up_windows()
    warm_up_assets()


def warm_up_decoder() -> None:
    """Compile what turns records into columns."""
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
