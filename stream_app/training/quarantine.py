"""Ranges of time that nothing may learn from: while an asset's state was not normal, and for a look-back before it.

Novelties do not count: they are over when their window is, and their rows say so.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from schemas.times import parse_time

END_OF_TIME_US = 2**62
KINDS = frozenset({"episode", "pattern"})


class _Wire(msgspec.Struct):
    type: str
    anomaly_id: str
    kind: str
    asset_id: str
    start_ts: str
    end_ts: str | None = None


_DECODER = msgspec.json.Decoder(_Wire)


@dataclass(frozen=True, slots=True)
class Quarantines:
    """By asset the first and last time, in µs, of each range."""

    ranges: Mapping[str, list[tuple[int, int]]]

    def hold(self, asset_id: str, start_us: NDArray[np.int64], end_us: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which rows (n,) of an asset from `start_us` to `end_us` (n,) reach into a quarantine."""
        held = np.zeros(len(start_us), np.bool_)
        for first, last in self.ranges.get(asset_id, ()):
            held |= (first <= end_us) & (last >= start_us)
        return held


NONE = Quarantines({})


def quarantines(
    anomalies: Iterable[bytes], repairs: Iterable[tuple[str, int]], look_back_s: float, hold_s: float
) -> Quarantines:
    """Return the quarantines that messages of the anomalies topic lead to; each ends after `hold_s` at the latest.

    `repairs` are assets with the times, in µs, at which they were repaired, which ends a quarantine, too.
    """
    open_ranges: dict[str, tuple[str, int, int]] = {}
    for event in _events(anomalies):
        start_us = parse_time(event.start_ts)
        end_us = END_OF_TIME_US if event.end_ts is None else parse_time(event.end_ts)
        open_ranges[event.anomaly_id] = event.asset_id, start_us, min(end_us, start_us + round(hold_s * 1e6))
    repaired: dict[str, list[int]] = {}
    for asset_id, ts_us in repairs:
        repaired.setdefault(asset_id, []).append(ts_us)
    found: dict[str, list[tuple[int, int]]] = {}
    for asset_id, start_us, end_us in open_ranges.values():
        ends = [ts_us for ts_us in repaired.get(asset_id, ()) if ts_us > start_us]
        found.setdefault(asset_id, []).append((start_us - round(look_back_s * 1e6), min([end_us, *ends])))
    return Quarantines(found)


def _events(messages: Iterable[bytes]) -> Iterator[_Wire]:
    for message in messages:
        try:
            event = _DECODER.decode(message)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if event.kind in KINDS:
            yield event
