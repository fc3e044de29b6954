"""Runs a simulated fleet in real time (catching up from a start in the past), or as fast as it goes."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from models.simulation.fleet import Fleet, FleetRows
from schemas.times import format_time
from stream_app.publishing.fleet_feed import FleetFeed

# Rows drawn at once: many when catching up, those of a few milliseconds in real time.
CATCH_UP_READINGS = 20_000
LIVE_STEP_S = 0.02


@dataclass(frozen=True, slots=True)
class Clock:
    """Wall time: `now_us()` since 1970, and `wait(seconds)` that returns True when the run is to stop."""

    now_us: Callable[[], int]
    wait: Callable[[float], bool]


class SimulationRun:
    """Publishes `total_readings` readings a sensor (None = endless) and writes the truth as faults start."""

    def __init__(
        self,
        fleet: Fleet,
        feed: FleetFeed,
        clock: Clock,
        *,
        total_readings: int | None,
        live: bool,
        truth: TextIO | None = None,
    ) -> None:
        self._fleet, self._feed, self._clock = fleet, feed, clock
        self._left = total_readings
        self._live = live
        self._truth = truth
        self.faults = 0

    def run(self, on_progress: Callable[[], None] = lambda: None) -> None:
        """Publish until everything is sent or the clock says stop."""
        next_us = self._fleet.start_us
        while self._left is None or self._left > 0:
            rows = self._fleet.next(self._rows_to_draw(next_us))
            if self._left is not None:
                self._left -= len(rows.seq)
            for group in range(len(self._fleet.groups)):
                if self._stopped_before(int(rows.ts_us[-1, group])):
                    return
                self._tell_truth(rows, group)
                self._feed.publish(rows, group)
            next_us = int(rows.ts_us[-1, 0])
            on_progress()
        self._feed.finish()

    def _rows_to_draw(self, next_us: int) -> int:
        rate_hz = self._fleet.rate_hz
        rows = max(1, CATCH_UP_READINGS // len(self._fleet.layout))
        if self._live:
            # Whole rows only: of the row under way the later groups are still to come.
            behind = int((self._clock.now_us() - next_us) / 1e6 * rate_hz) - 1
            rows = max(1, min(rows, max(behind, int(LIVE_STEP_S * rate_hz))))
        if self._feed.one_row_at_a_time:
            rows = 1
        return rows if self._left is None else min(rows, self._left)

    def _stopped_before(self, ts_us: int) -> bool:
        ahead_s = (ts_us - self._clock.now_us()) / 1e6 if self._live else 0.0
        return self._clock.wait(max(ahead_s, 0.0))

    def _tell_truth(self, rows: FleetRows, group: int) -> None:
        members = self._fleet.groups[group]
        for fault in rows.started:
            if not members.start <= fault.sensor < members.stop:
                continue
            self.faults += 1
            if self._truth is not None:
                truth = self._fleet.truth(fault)
                line = {
                    "asset_id": truth.asset_id,
                    "sensor_id": truth.sensor_id,
                    "fault": truth.fault,
                    "start_ts": format_time(truth.start_us),
                    "end_ts": format_time(truth.end_us),
                }
                self._truth.write(json.dumps(line) + "\n")
                self._truth.flush()
