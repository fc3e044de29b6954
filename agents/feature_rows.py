"""The feature rows of a batch as messages: one for each source record and asset, so that the batch does not show."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from agents.options import PUBLISH_EVERY, Publish
from agents.outputs import Output
from agents.row_groups import by_record_and_asset
from models.features.extractors import WINDOW_FEATURES
from schemas.anomaly_record import SourceRecord
from schemas.feature_block import encode_feature_block
from schemas.feature_row import FeatureRowEncoder
from schemas.reading_columns import ReadingColumns
from schemas.sensor_index import SensorIndex
from schemas.topics import FEATURES

COLUMNS: tuple[str, ...] = ("value", "expected", "low", "high", *WINDOW_FEATURES)
"""Of the feature rows: the last reading with the band of what was expected there, then the window's features."""

_TOLD = ("row", "ts_us", "start_ts_us", "flags", "first_offset", "offset")
_HEADERS = (("content-type", b"application/msgpack"),)
_NONE = (-1, b"")


class FeatureRows:
    """Makes the messages for the sensors in `index`; a row in so many is published, or none."""

    def __init__(self, topic: str, partition: int, index: SensorIndex, publish: Publish) -> None:
        self._topic, self._partition, self._index = topic, partition, index
        self._every = PUBLISH_EVERY[publish]
        self._encoder = FeatureRowEncoder("readings", COLUMNS, topic, partition)
        # By row: its meta as last asked for, and the middle of its messages.
        self._middles: list[tuple[int, bytes]] = []

    def messages(
        self, facts: NDArray[np.void], features: NDArray[np.float64], columns: ReadingColumns
    ) -> Iterator[Output]:
        """Yield the messages of windows, `facts` (n,) of WINDOW with `features` (n, k), that fell due in `columns`."""
        if not self._every:
            return
        if self._every > 1:
            chosen = facts["number"] % self._every == 0
            facts, features = facts[chosen], features[chosen]
        if not len(facts):
            return
        position = facts["position"]
        offset, meta = columns.offset[position].tolist(), columns.meta[position].tolist()
        metas, names = self._index.metas, self._index.names
        values = _values(facts, features)
        row, ts_us, start_ts_us, flags, first, last = (facts[name] for name in _TOLD)
        rows, tails = row.tolist(), self._encoder.tails(ts_us, start_ts_us, flags, first, last, values)
        for nth, places in by_record_and_asset(offset, meta, metas):
            at = places[0]
            asset_id = metas[meta[at]].asset_id
            if len(places) == 1:
                message = b"".join((self._encoder.first, self._middle(rows[at], meta[at]), tails[at]))
            else:
                message = encode_feature_block(
                    "readings",
                    COLUMNS,
                    asset_id=asset_id,
                    sensor_ids=[names[rows[at]] for at in places],
                    sensor_types=[metas[meta[at]].sensor_type for at in places],
                    ts_us=ts_us[places].tolist(),
                    start_ts_us=start_ts_us[places].tolist(),
                    flags=flags[places].tolist(),
                    source=SourceRecord(
                        self._topic, self._partition, int(first[places].min()), int(last[places].max())
                    ),
                    values=values[places].tobytes(),
                )
            yield Output(FEATURES, asset_id.encode(), message, _HEADERS, (offset[at], 0, nth))

    def _middle(self, row: int, meta: int) -> bytes:
        """Return what all messages of a row of a sensor share."""
        if row >= len(self._middles):
            self._middles += [_NONE] * (len(self._index) - len(self._middles))
        of_meta, middle = self._middles[row]
        if of_meta != meta:
            said = self._index.metas[meta]
            middle = self._encoder.middle(said.asset_id, self._index.names[row], said.sensor_type)
            self._middles[row] = meta, middle
        return middle


def _values(facts: NDArray[np.void], features: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the rows of COLUMNS, float32 little-endian."""
    values = np.empty((len(facts), len(COLUMNS)), "<f4")
    with np.errstate(over="ignore"):
        for place, name in enumerate(COLUMNS[:4]):
            values[:, place] = facts[name]
        values[:, 4:] = features
    values[~np.isfinite(values)] = np.nan
    return values
