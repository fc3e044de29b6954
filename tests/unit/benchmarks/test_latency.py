"""The load of `bench latency` leads to events all the time; its percentiles are of what was sent while it measured."""

import pytest

from agents.options import ReadingsOptions
from agents.readings import ReadingsPartition
from benchmarks.latency.load import FAULT_EVERY_TICKS, LEARN_READINGS, WARM_TICKS, LatencyLoad
from benchmarks.latency.run import percentiles
from models.tuning import Tuning
from schemas.errors import UnavailableError
from schemas.records import RecordColumns
from schemas.topics import ANOMALIES, READINGS


def test_every_sensor_raises_and_clears_in_each_round() -> None:
    load = LatencyLoad.of_rate(160.0)
    assert load.sensors == 8
    ticks = WARM_TICKS + 2 * FAULT_EVERY_TICKS
    records: list[tuple[int, int, bytes | None, bytes | None]] = []
    for tick, values in enumerate(load.values(0, ticks)):
        for sensor, value in enumerate(values):
            ts_us = 1_700_000_000_000_000 + tick * 50_000
            records.append((len(records), ts_us // 1000, *load.message(sensor, ts_us, value, tick)))
    partition = ReadingsPartition(READINGS, 0, ReadingsOptions(tuning=Tuning(learn_readings=LEARN_READINGS)))
    outputs = partition.apply(RecordColumns.of(READINGS, 0, records)).outputs
    measured = [o for o in outputs if o.topic == ANOMALIES and o.position[0] >= WARM_TICKS * load.sensors]
    assert len(measured) >= 2 * 2 * load.sensors


def test_percentiles_leave_out_what_was_sent_before() -> None:
    sent_ms = {(0, offset): 1000 + offset for offset in range(100)}
    found = [(0, offset, (1000 + offset + 7) / 1e3) for offset in range(100)]
    told = percentiles(sent_ms, [*found, (1, 5, 99.0)])
    assert told == {"p50_ms": 7.0, "p95_ms": 7.0, "p99_ms": 7.0, "max_ms": 7.0, "n": 100}


def test_too_few_events_give_no_figure() -> None:
    with pytest.raises(UnavailableError, match="Only 1 events arrived"):
        percentiles({(0, 0): 1000}, [(0, 0, 1.1)])
