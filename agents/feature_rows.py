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
from schemas.reading_columns import ReadingColumns
from schemas.sensor_index import SensorIndex
from schemas.topics import FEATURES

COLUMNS: tuple[str, ...] = ("value", "expected", "low", "high", *WINDOW_FEATURES)
"""Of the feature rows: the last reading with the band of what was expected there, then the window's features."""

_TOLD = ("row", "ts_us", "start_ts_us", "flags", "first_offset", "offset")
_HEADERS = (("content-type", b"application/msgpack"),)
_ROW_BYTES = 4 * len(COLUMNS)


class FeatureRows:
    """Makes the messages for the sensors in `index`; a row in so many is published, or none."""

    def __init__(self, topic: str, partition: int, index: SensorIndex, publish: Publish) -> None:
        self._topic, self._partition, self._index = topic, partition, index
        self._every = PUBLISH_EVERY[publish]

    def messages(
        self, facts: NDArray[np.void], features: NDArray[np.float64], columns: ReadingColumns
    ) -> Iterator[Output]:
        """Yield the messages of windows, `facts` (n,) of WINDOW with `features` (n, k), that fell due in `columns`."""
        if not self._every:
            return
        if self._every > 1:
            chosen = facts["number"] % self._every == 0
            facts, features = facts[chosen], features[chosen]
        position = facts["position"]
        offset, meta = columns.offset[position].tolist(), columns.meta[position].tolist()
        metas, names = self._index.metas, self._index.names
        raw = _values(facts, features)
        row, ts_us, start_ts_us, flags, first, last = (facts[name].tolist() for name in _TOLD)
        for nth, rows in by_record_and_asset(offset, meta, metas):
            at = rows[0]
            asset_id = metas[meta[at]].asset_id
            message = encode_feature_block(
                "readings",
                COLUMNS,
                asset_id=asset_id,
                sensor_ids=[names[row[at]] for at in rows],
                sensor_types=[metas[meta[at]].sensor_type for at in rows],
                ts_us=[ts_us[at] for at in rows],
                start_ts_us=[start_ts_us[at] for at in rows],
                flags=[flags[at] for at in rows],
                source=SourceRecord(
                    self._topic, self._partition, min([first[at] for at in rows]), max([last[at] for at in rows])
                ),
                values=b"".join([raw[at * _ROW_BYTES : (at + 1) * _ROW_BYTES] for at in rows]),
            )
            yield Output(FEATURES, asset_id.encode(), message, _HEADERS, (offset[at], 0, nth))


def _values(facts: NDArray[np.void], features: NDArray[np.float64]) -> bytes:
    """Return the rows of COLUMNS, float32 little-endian, row after row."""
    values = np.empty((len(facts), len(COLUMNS)), "<f4")
    with np.errstate(over="ignore"):
        for place, name in enumerate(COLUMNS[:4]):
            values[:, place] = facts[name]
        values[:, 4:] = features
    values[~np.isfinite(values)] = np.nan
    return values.tobytes()
