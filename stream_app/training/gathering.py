"""Feature blocks become rows to train on, with the ranges that they came from."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from models.training.feature_rows import FeatureRows
from models.training.lanes import TRAINING_LANES
from models.windows.state import ANOMALY_OPEN
from schemas.errors import BadDataError
from schemas.fault_label import FAULT_LABELS, NORMAL_LABELS, LabelledRange
from schemas.feature_block import FeatureBlock
from schemas.model_manifest import OffsetRange, TrainingData
from schemas.times import format_time
from stream_app.training.quarantine import NONE, Quarantines

if TYPE_CHECKING:
    from stream_app.training.plan import Plan


@dataclass(frozen=True, slots=True)
class GatheredRows:
    """Rows to train on, what they are, and how many of them are in quarantine."""

    rows: FeatureRows
    data: TrainingData
    quarantined: int = 0


@dataclass(slots=True)
class Gathering:
    """Takes the blocks that a plan wants, from one topic."""

    plan: "Plan"
    topic: str
    blocks: list[tuple[int, int, FeatureBlock, list[int]]] = field(default_factory=list)

    def take(self, partition: int, offset: int, block: FeatureBlock) -> None:
        """Take the rows of a block that are of the lane, the type and the times wanted."""
        plan = self.plan
        if block.lane != plan.lane or not set(TRAINING_LANES[plan.lane].read) <= set(block.columns):
            return
        chosen = [
            i
            for i, (sensor_type, ts_us) in enumerate(zip(block.sensor_types, block.ts_us.tolist(), strict=True))
            if (plan.sensor_type is None or sensor_type == plan.sensor_type)
            and (plan.from_us is None or ts_us >= plan.from_us)
            and (plan.to_us is None or ts_us < plan.to_us)
        ]
        if chosen:
            self.blocks.append((partition, offset, block, chosen))

    def rows(
        self, labelled: list[LabelledRange], files: tuple[str, ...] = (), quarantine: Quarantines = NONE
    ) -> GatheredRows:
        """Return what was taken, in the order of partitions and offsets; raises BadDataError where it is nothing.

        Rows that are `labelled` as faults are marked; those in `quarantine` count as of an open anomaly, those labelled
        as normal do not.
        """
        if not self.blocks:
            kind = f"sensors of type {self.plan.sensor_type!r}" if self.plan.sensor_type else "any sensor"
            raise BadDataError(
                f"There are no feature rows of {kind} in the lane {self.plan.lane} within the range; "
                "publish readings first, or name another range or type."
            )
        columns = TRAINING_LANES[self.plan.lane].read
        self.blocks.sort(key=lambda block: block[:2])
        numbers: dict[str, int] = {}
        sensor, fault, normal, parts = [], [], [], []
        for _, _, block, chosen in self.blocks:
            places = [block.columns.index(name) for name in columns]
            parts.append(block.values[np.ix_(chosen, places)].astype(np.float64))
            for i in chosen:
                name = block.sensor_ids[i]
                sensor.append(numbers.setdefault(name, len(numbers)))
                words = _words(labelled, block, i)
                fault.append(not words.isdisjoint(FAULT_LABELS))
                normal.append(not words.isdisjoint(NORMAL_LABELS))
        ts_us, start_ts_us, flags = (
            np.concatenate([getattr(block, name)[chosen] for _, _, block, chosen in self.blocks])
            for name in ("ts_us", "start_ts_us", "flags")
        )
        held = np.concatenate(
            [quarantine.hold(b.asset_id, b.start_ts_us[chosen], b.ts_us[chosen]) for _, _, b, chosen in self.blocks]
        )
        flags[held] |= ANOMALY_OPEN
        flags[np.array(normal, np.bool_)] &= ~ANOMALY_OPEN
        rows = FeatureRows(
            columns=columns,
            sensors=tuple(numbers),
            sensor=np.array(sensor, np.int64),
            ts_us=ts_us,
            start_ts_us=start_ts_us,
            flags=flags,
            values=np.concatenate(parts),
            fault=np.array(fault, np.bool_),
        )
        data = TrainingData(
            rows=len(rows),
            sensors=len(numbers),
            sha256=rows.digest(),
            from_ts=format_time(int(rows.start_ts_us.min())),
            to_ts=format_time(int(rows.ts_us.max())),
            ranges=() if files else self._ranges(),
            files=files,
        )
        return GatheredRows(rows, data, int(held.sum()))

    def _ranges(self) -> tuple[OffsetRange, ...]:
        offsets: dict[int, list[int]] = {}
        for partition, offset, _, _ in self.blocks:
            offsets.setdefault(partition, []).append(offset)
        return tuple(OffsetRange(self.topic, p, min(of), max(of)) for p, of in sorted(offsets.items()))


def _words(labelled: list[LabelledRange], block: FeatureBlock, i: int) -> set[str]:
    """Return what labels say of a row."""
    return {
        each.label
        for each in labelled
        if each.asset_id == block.asset_id
        and each.sensor_id in {None, block.sensor_ids[i]}
        and each.start_us <= block.ts_us[i]
        and each.end_us >= block.start_ts_us[i]
    }
