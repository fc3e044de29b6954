"""The readings of one partition: bytes in; anomalies, sensor health, late readings, dead letters out. No Kafka."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from agents.anomaly_events import anomaly_output
from agents.by_meta import ByMeta
from agents.dead_letters import dead_letter_outputs
from agents.health_events import health_output
from agents.model_shelf import Models
from agents.options import ReadingsOptions
from agents.outputs import Applied, NoSavedState, Output, SavedState, by_position, nth_of_each
from agents.partition_models import PartitionModels
from agents.reading_assets import ReadingAssets
from agents.reading_windows import ReadingWindows
from agents.silence import ReadingSilence
from agents.state_keys import hot_key, page_key
from models.health.state import SILENT, STATES
from models.series import SeriesBank
from models.series_outcome import Outcome
from models.transition import KINDS
from models.windows.type_stage import TypeStage
from schemas.cloudevents import headers
from schemas.late import CE_TYPE, encode_late, late_id
from schemas.reading_columns import ReadingColumns
from schemas.records import RecordColumns
from schemas.sensor_index import SensorIndex
from schemas.topics import LATE


class ReadingsPartition:
    """State of all series of one partition, and what its records lead to.

    `homes`, shared by the partitions of a worker, tells in which of them a sensor was seen first; `models`, shared,
    too, which trained models are to score.
    """

    def __init__(
        self,
        topic: str,
        partition: int,
        options: ReadingsOptions | None = None,
        saved: SavedState | None = None,
        homes: dict[str, int] | None = None,
        models: Models | None = None,
    ) -> None:
        options = options or ReadingsOptions()
        self._homes = {} if homes is None else homes
        self._topic, self._partition = topic, partition
        self._saved = saved or NoSavedState()
        self.index = SensorIndex()
        self._decoder = options.decoder(self.index)
        self.bank = SeriesBank(options.tuning, options.limits, options.regimes)
        self.windows = ReadingWindows(
            topic, partition, self.index, self._saved, options.windows, options.publish_features, models,
            self._introduce, self._release,
        )  # fmt: skip
        self.assets = ReadingAssets(topic, partition, self.index, self._saved, options.relations, options.regimes)
        self._silence = ReadingSilence(topic, partition, self.index, self._saved)
        if self._silence.clock is not None:
            self.bank.restore_clock(self._silence.clock)
        self._window_tuning = options.windows
        limits = options.limits
        # Which of the limits hold; None: there is but one.
        self._limit = (
            ByMeta(self.index, lambda meta: limits.number(meta.sensor_type), np.int32) if limits.by_type else None
        )
        self._restored = 0

    @property
    def sensors(self) -> int:
        """How many series are held."""
        return len(self.index)

    @property
    def models(self) -> PartitionModels[TypeStage]:
        """The trained models in service."""
        return self.windows.models

    @property
    def state_bytes(self) -> int:
        """Size of the state in memory, in bytes."""
        return self.bank.state_bytes + self.windows.bank.state_bytes + self.assets.state_bytes

    def apply(self, records: RecordColumns) -> Applied:
        """Take records in order of offset; those already in the saved state change nothing."""
        decoded = self._decoder.decode(records)
        applied = self.take(decoded.columns, lambda at: records.key(int(decoded.columns.record[at])))
        applied.unknown_fields = decoded.unknown_fields
        if decoded.refused:
            applied.refused = dict(Counter(refusal.reason for refusal in decoded.refused))
            applied.outputs += dead_letter_outputs(records, decoded.refused)
            applied.outputs.sort(key=by_position)
        return applied

    def introduce(self, key: bytes, value: bytes) -> tuple[int, int] | None:
        """Return row and meta of the sensor in one message as the decoder reads it, None where it is refused."""
        columns = self._decoder.decode(RecordColumns.of(self._topic, self._partition, [(0, -1, key, value)])).columns
        return (int(columns.row[0]), int(columns.meta[0])) if len(columns) else None

    def take(self, columns: ReadingColumns, key_of: Callable[[int], bytes | None]) -> Applied:
        """Take readings that are decoded already, in order of offset; `key_of(i)` is the key of the i-th."""
        self._silence.wake(columns, self.bank.now_us)
        strays = self._take_in_new()
        outcome = self.bank.advance(
            columns.row,
            columns.ts_us,
            columns.value,
            columns.seq,
            columns.offset,
            columns.index.astype(np.int64),
            limit=self._limit.of(columns.meta) if self._limit else None,
            regime=self.assets.regimes(columns),
        )
        applied = Applied(
            units=len(columns) - outcome.skipped,
            late=len(outcome.late),
            duplicates=outcome.duplicates,
            in_two_partitions=strays,
            transitions=dict(
                Counter((KINDS[t["kind"]], "raised" if t["raised"] else "cleared") for t in outcome.transitions)
            ),
        )
        for outputs, patterns in (
            self.windows.apply(outcome.windows, outcome.samples, columns),
            self.assets.apply(outcome.placed, columns),
        ):
            applied.outputs += outputs
            for raised in patterns["raised"].tolist():
                cause = ("pattern", "raised" if raised else "cleared")
                applied.transitions[cause] = applied.transitions.get(cause, 0) + 1
        applied.health = dict(Counter(STATES[change["state"]] for change in outcome.health))
        applied.outputs += self._anomalies(columns, outcome.transitions)
        is_silence = outcome.health["state"] == SILENT
        applied.outputs += self._health(columns, outcome.health[~is_silence])
        applied.outputs += self._silence.tell(outcome.health[is_silence], columns)
        self._silence.listen(columns)
        applied.outputs += self._late(columns, outcome, key_of)
        applied.outputs.sort(key=by_position)
        return applied

    def _take_in_new(self) -> int:
        """Restore the sensors that are new to this partition; return how many of them live in another one too."""
        strays = 0
        first, self._restored = self._restored, len(self.index)
        self.bank.ensure(self._restored)
        for row in range(first, self._restored):
            name = self.index.names[row]
            strays += self._homes.setdefault(name, self._partition) != self._partition
            self.bank.shape_windows(row, self._window_tuning.shape_for(self.index.sensor_type[row]))
            self.windows.restore(row)
            hot = self._saved.read(hot_key(name))
            if hot is None:
                continue
            pages = {
                page: packed
                for page in self.bank.page_numbers
                if (packed := self._saved.read(page_key(name, page))) is not None
            }
            self.bank.restore(row, hot, pages)
        return strays

    def _anomalies(self, columns: ReadingColumns, transitions: np.ndarray) -> Iterator[Output]:
        for transition, nth in zip(transitions, nth_of_each(transitions["position"]), strict=True):
            at = int(transition["position"])
            yield anomaly_output(
                transition,
                topic=self._topic,
                partition=self._partition,
                sensor_id=self.index.names[int(transition["row"])],
                meta=self.index.metas[int(columns.meta[at])],
                position=(int(columns.offset[at]), int(columns.index[at]), nth),
            )

    def _health(self, columns: ReadingColumns, changes: np.ndarray) -> Iterator[Output]:
        for change, nth in zip(changes, nth_of_each(changes["position"]), strict=True):
            at = int(change["position"])
            yield health_output(
                change,
                topic=self._topic,
                partition=self._partition,
                sensor_id=self.index.names[int(change["row"])],
                meta=self.index.metas[int(columns.meta[at])],
                position=(int(columns.offset[at]), int(columns.index[at]), nth),
            )

    def _late(
        self, columns: ReadingColumns, outcome: Outcome, key_of: Callable[[int], bytes | None]
    ) -> Iterator[Output]:
        for at, late_by_us in zip(outcome.late.tolist(), outcome.late_by_us.tolist(), strict=True):
            offset, index = int(columns.offset[at]), int(columns.index[at])
            value = encode_late(columns, at, self.index, late_by_us / 1e6)
            event_id = late_id(self._topic, self._partition, offset, index)
            source = f"/{self._topic}/{self._partition}"
            yield Output(
                LATE,
                key_of(at),
                value,
                headers(event_id, CE_TYPE, source, int(columns.ts_us[at])),
                (offset, index, 0),
            )

    def _introduce(self, names: Iterable[str]) -> None:
        """Take in those of the sensors that are stored and were not heard since this worker has the partition."""
        self._silence.introduce(names)
        self._take_in_new()

    def _release(self, rows: np.ndarray, from_us: int) -> None:
        """End what is open of series, and of their assets, since `from_us` or later: it is normal by now."""
        self.bank.release(rows, from_us)
        self.assets.release({self.index.asset_id[row] for row in rows.tolist()}, from_us)

    def changes(self) -> list[tuple[bytes, bytes]]:
        """Return the packed states that changed since the last call."""
        # First, since a new champion may end what is open.
        windows = self.windows.changes()
        packed = self.bank.packed_changes()
        self.bank.clear_dirty()
        names = self.index.names
        changed = [
            (page_key(names[row], page), record)
            for row, page, record in zip(packed.page_rows, packed.pages, packed.page_records, strict=True)
        ]
        changed += [(hot_key(names[row]), record) for row, record in zip(packed.rows, packed.hot, strict=True)]
        return changed + windows + self.assets.changes() + self._silence.changes(self.bank.pack_clock())
