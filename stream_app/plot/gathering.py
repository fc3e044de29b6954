"""Gathers series and anomalies while a run is scored."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.outputs import Output
from schemas.feature_block import FeatureBlock, decode_feature_block
from schemas.times import parse_time
from schemas.topics import ANOMALIES, FEATURES
from stream_app.plot.block_spectra import BlockSpectra, gather
from stream_app.plot.plot_series import PlotSeries, Points, Span
from stream_app.plot.spectrum_panel import of_readings

if TYPE_CHECKING:
    from models.blocks.bank import BlockBatch, BlockOutcome

LEVEL = "std"
"""The column that is drawn of a waveform: the rms of what alternates."""


class Gathering:
    """Series by sensor name, in order of appearance."""

    def __init__(self) -> None:
        self.series: dict[str, PlotSeries] = {}
        self.spectra: dict[str, BlockSpectra] = {}

    def readings(
        self,
        names: list[str],
        row: NDArray[np.int32],
        ts_us: NDArray[np.int64],
        value: NDArray[np.float64],
        trace: NDArray[np.void],
    ) -> None:
        """Take in readings, `row` (n,) pointing into `names`; those that were not placed have no expected band."""
        order = np.argsort(row, kind="stable")
        edges = np.flatnonzero(np.diff(row[order], prepend=-1))
        for places in np.split(order, edges[1:]) if len(order) else []:
            name = names[int(row[places[0]])]
            series = self.series.setdefault(name, PlotSeries(name))
            # A band of no width is one not yet known.
            known = trace["high"][places] > trace["low"][places]
            low = np.where(known, trace["low"][places], np.nan)
            high = np.where(known, trace["high"][places], np.nan)
            series.add(Points(ts_us[places], value[places], low, high))

    def blocks(self, names: list[str], raise_score: float, batch: "BlockBatch", outcome: "BlockOutcome") -> None:
        """Take in waveform blocks, `batch.row` (n,) pointing into `names`; from `raise_score` on one is strange."""
        gather(self.spectra, names, raise_score, batch, outcome)

    def drawn(self) -> list[PlotSeries]:
        """Return all series, each with its spectrum where it has one."""
        for name, series in self.series.items():
            known = self.spectra.get(name)
            series.spectrum = known.drawn() if known is not None else of_readings(*series.newest())
        return list(self.series.values())

    def events(self, outputs: Iterable[Output]) -> None:
        """Take in the anomalies among the outputs, and of waveforms the level of each block."""
        for output in outputs:
            if output.topic == FEATURES:
                self._levels(decode_feature_block(output.value))
            elif output.topic == ANOMALIES:
                event = json.loads(output.value)
                series = self.series.setdefault(event["sensor_id"], PlotSeries(event["sensor_id"]))
                series.unit = event.get("unit") or series.unit
                end = event.get("end_ts")
                series.spans[event["anomaly_id"]] = Span(
                    event["kind"],
                    parse_time(event["start_ts"]),
                    None if end is None else parse_time(end),
                    float(event["score"]),
                    float(event["grade"]),
                )

    def _levels(self, block: FeatureBlock) -> None:
        if block.lane != "signals":
            return
        for at, sensor_id in enumerate(block.sensor_ids):
            level = block.values[at : at + 1, block.columns.index(LEVEL)].astype(np.float64)
            unknown = np.full(1, np.nan)
            series = self.series.setdefault(sensor_id, PlotSeries(sensor_id))
            series.add(Points(block.ts_us[at : at + 1], level, unknown, unknown))
