"""One row, in a process of its own: readings of so many sensors through the partitions of one worker, without Kafka.

Run as `python -m benchmarks.series.row SENSORS PROFILE`; prints the row as JSON.
"""

import json
import sys
import time
from collections import defaultdict

import psutil

from agents.options import ReadingsOptions
from agents.readings import ReadingsPartition
from benchmarks.throughput.load import Load
from models.tuning import Tuning
from schemas.records import RecordColumns
from schemas.topics import READINGS
from stream_app.scoring.routing import partition_of

PARTITIONS = 8
BATCH_RECORDS = 8192
LEAST_MEASURED = 400_000
WARM_TICKS = 100
"""Readings of each sensor before the clock runs: windows are full, models of the types know something."""

HOP_TICKS = 16
"""Windows of all sensors fall due in the same tick: whole hops are measured, with any number of sensors."""


def measure(sensors: int, profile: str) -> dict[str, object]:
    """Return cost and size with `sensors` sensors; CPU time covers decoding, features, detectors and events."""
    warm = WARM_TICKS * sensors
    hops = -(-LEAST_MEASURED // (HOP_TICKS * sensors))
    load = Load(warm + hops * HOP_TICKS * sensors, sensors=sensors)
    options = ReadingsOptions(tuning=Tuning.of_profile(profile))
    partitions = [ReadingsPartition(READINGS, number, options) for number in range(PARTITIONS)]
    waiting: defaultdict[int, list[tuple[int, int, bytes | None, bytes | None]]] = defaultdict(list)
    of_key: dict[bytes, int] = {}
    offsets = [0] * PARTITIONS
    done, cpu_s, units = 0, 0.0, 0
    for key, value, _ in load.messages():
        number = of_key.setdefault(key, partition_of(key, PARTITIONS))
        waiting[number].append((offsets[number], load.end_us // 1000, key, value))
        offsets[number] += 1
        if len(waiting[number]) == BATCH_RECORDS:
            records = RecordColumns.of(READINGS, number, waiting.pop(number))
            started_s = time.process_time()
            partitions[number].apply(records)
            if done >= warm:
                cpu_s += time.process_time() - started_s
                units += len(records)
            done += len(records)
    state_bytes = sum(partition.state_bytes for partition in partitions)
    return {
        "sensors": sensors,
        "profile": profile,
        "units": units,
        "cpu_us_per_unit": round(cpu_s / units * 1e6, 3),
        "state_bytes_per_sensor": round(state_bytes / sensors),
        "rss_bytes": psutil.Process().memory_info().rss,
    }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), sys.argv[2])))
