"""Feature blocks become rows to train on, with the ranges that they came from."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from models.features.extractors import WINDOW_FEATURES
from models.training.feature_rows import FeatureRows
from models.windows.state import ANOMALY_OPEN
from schemas.errors import BadDataError
from schemas.fault_label import FAULT_LABELS, NORMAL_LABELS, LabelledRange
from schemas.feature_block import FeatureBlock
from schemas.model_manifest import OffsetRange, TrainingData
from schemas.times import format_time

if TYPE_CHECKING:
    from stream_app.training.plan import Plan


@dataclass(frozen=True, slots=True)
class GatheredRows:
    """Rows to train on, and what they are."""

    rows: FeatureRows
    data: TrainingData


@dataclass(slots=True)
class Gathering:
    """Takes the blocks that a plan wants, from one topic."""

    plan: "Plan"
    topic: str
    blocks: list[tuple[int, int, FeatureBlock, list[int]]] = field(default_factory=list)

    def take(self, partition: int, offset: int, block: FeatureBlock) -> None:
        """Take the rows of a block that are of the lane, the type and the times wanted."""
        plan = self.plan
        if block.lane != plan.lane:
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

    def rows(self, labelled: list[LabelledRange], files: tuple[str, ...] = ()) -> GatheredRows:
        """Return what was taken, in the order of partitions and offsets; raises BadDataError where it is nothing.

        Rows that are `labelled` as faults are marked; in those labelled as normal no anomaly counts as open.
        """
        if not self.blocks:
            kind = f"sensors of type {self.plan.sensor_type!r}" if self.plan.sensor_type else "any sensor"
            raise BadDataError(
                f"There are no feature rows of {kind} in the lane {self.plan.lane} between --from and --to; "
                "publish readings first, or name another range or type."
            )
        self.blocks.sort(key=lambda block: block[:2])
        numbers: dict[str, int] = {}
        sensor, fault, normal, parts = [], [], [], []
        for _, _, block, chosen in self.blocks:
            places = [block.columns.index(name) for name in WINDOW_FEATURES]
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
        flags[np.array(normal, np.bool_)] &= ~ANOMALY_OPEN
        rows = FeatureRows(
            columns=WINDOW_FEATURES,
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
        return GatheredRows(rows, data)

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
