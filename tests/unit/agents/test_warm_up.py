"""After the warm-up nothing compiles: the first batches and trained models of sound find every kernel ready."""

import subprocess
import sys

FRESH_PROCESS = """
import gc, json, random
import numpy as np
from msgspec import msgpack
from numba.core.dispatcher import Dispatcher
from agents.audio import AudioPartition
from agents.options import AudioOptions, ReadingsOptions
from agents.readings import ReadingsPartition
from agents.warm_up import warm_up
from models.sound.detectors.registry import SOUND_DETECTORS
from models.sound.tuning import SoundTuning
from models.tuning import Tuning
from models.windows.tuning import WindowTuning
from schemas.records import RecordColumns

def signatures():
    found = [each for each in gc.get_objects() if isinstance(each, Dispatcher)]
    return {f"{each.py_func.__module__}.{each.__name__}": len(each.signatures) for each in found}

warm_up()
before = signatures()
options = ReadingsOptions(tuning=Tuning(learn_readings=60), windows=WindowTuning(learn_rows=8))
partition, chance, topics = ReadingsPartition("t", 0, options), random.Random(1), set()
for batch in range(6):
    records = []
    for k in range(1000):
        at = batch * 1000 + k
        value = chance.gauss(0.0, 1.0) * (5.0 if at > 5000 and at % 2 else 1.0)
        reading = {"sensor_id": f"a/{at % 4}", "ts": 1767225600 + at // 4, "value": value, "sensor_type": "x"}
        records.append((at, 1767325600000, b"a", json.dumps(reading).encode()))
    applied = partition.apply(RecordColumns.of("t", 0, records))
    topics |= {output.topic for output in applied.outputs}
    partition.changes()
assert "pdm.features.v1" in topics and "pdm.anomalies.v1" in topics, topics
sound = AudioPartition("t", 0, AudioOptions(tuning=SoundTuning(span_s=1.0, hop_s=0.5, learn_s=16.0, calibrate_s=10.0)))
told = set()
for second in range(60):
    samples = np.random.default_rng(second).normal(0.0, 3000.0, (2, 8000))
    samples[0] += 9000.0 * np.sin(np.arange(8000)) * (second > 50)
    frame = {"microphone_id": "a/m", "ts": 1767225600 + second, "rate_hz": 8000, "encoding": "pcm16", "channels": 2}
    record = (second, 1767325600000, b"a", msgpack.encode(frame | {"sound": samples.T.astype("<i2").tobytes()}))
    applied = sound.apply(RecordColumns.of("t", 0, [record]))
    told |= {output.topic for output in applied.outputs}
    sound.bank.restore(0, dict(sound.changes())[b"\\0microphone:a/m"])
assert "pdm.features.v1" in told and "pdm.anomalies.v1" in told, told
rows = np.random.default_rng(1).normal(size=(40, 64))
for name, kind in SOUND_DETECTORS.items():
    if name not in ("autoencoder", "gaussian_mixture"):
        fitted = kind.fit(rows[:, : len(kind.columns)], kind.columns, 1)
        kind.of.from_arrays(kind.columns, fitted.arrays()).score(rows[:1, : len(kind.columns)])
layers = {f"weight_{i}": np.eye(64) for i in range(4)} | {f"bias_{i}": rows[i] for i in range(4)}
columns = SOUND_DETECTORS["autoencoder"].columns
SOUND_DETECTORS["autoencoder"].of(columns, layers).score(rows)
parts = {"mean": rows[:2], "factor": np.stack([np.eye(64)] * 2), "log_weight": np.zeros(2)}
SOUND_DETECTORS["gaussian_mixture"].of(columns, parts).score(rows)
compiled = {name for name, count in signatures().items() if count > before.get(name, 0)}
assert not compiled, sorted(compiled)
"""


def test_nothing_compiles_at_the_first_batches() -> None:
    done = subprocess.run([sys.executable, "-c", FRESH_PROCESS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
