"""After the warm-up nothing compiles: the first batches of the readings lane find every kernel ready."""

import subprocess
import sys

FRESH_PROCESS = """
import gc, json, random
from numba.core.dispatcher import Dispatcher
from agents.options import ReadingsOptions
from agents.readings import ReadingsPartition
from agents.warm_up import warm_up
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
compiled = {name for name, count in signatures().items() if count > before.get(name, 0)}
assert not compiled, sorted(compiled)
"""


def test_nothing_compiles_at_the_first_batches() -> None:
    done = subprocess.run([sys.executable, "-c", FRESH_PROCESS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
