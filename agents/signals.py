"""The waveform blocks of one partition: bytes in; anomalies, sensor health, feature rows, dead letters out."""

from collections import Counter
from collections.abc import Iterator
from math import isnan

import numpy as np
from numpy.typing import NDArray

from agents.block_rows import block_rows
from agents.canary_assets import rows_by_canary
from agents.dead_letters import dead_letter_outputs
from agents.health_events import block_detail, health_output
from agents.model_shelf import Models, NoModels
from agents.options import SignalsOptions
from agents.outputs import Applied, NoSavedState, Output, SavedState
from agents.partition_models import PartitionModels
from agents.state_keys import signal_key, signal_of
from agents.transition_events import transition_output
from agents.waveform_silence import WaveformSilence
from models.arrival import DUPLICATE, LATE, SKIPPED
from models.blocks.bank import BlockBank, BlockBatch
from models.blocks.columns import COLUMNS, DETECTORS
from models.blocks.reference import BlockReference
from models.blocks.transition import JOINED, KIND
from models.health.state import SILENT, STATES
from models.serving.lanes import AnyReference
from models.serving.of_type import ModelsOfType
from models.serving.served_model import ServedModel
from schemas.anomaly_record import ModelRecord
from schemas.records import RecordColumns
from schemas.refusal import Refusal
from schemas.sensor_index import SensorMeta
from schemas.signal import SignalBlock
from schemas.signal_message import decode_signals

# The detectors of this lane learn in the stream: their version is that of their definition.
_MODEL = ModelRecord(name="blocks", version="1")


class SignalsPartition:
    """What is known of all waveform sensors of one partition, and what its blocks lead to.

    A block that begins before one that came earlier is not applied: it becomes a dead letter, so that it is not lost.
    `homes`, shared by the partitions of a worker, tells in which of them a sensor was seen first; `models`, shared,
    too, which trained models are to score.
    """

    def __init__(
        self,
        topic: str,
        partition: int,
        options: SignalsOptions | None = None,
        saved: SavedState | None = None,
        homes: dict[str, int] | None = None,
        models: Models | None = None,
    ) -> None:
        self._options = options or SignalsOptions()
        self._topic, self._partition = topic, partition
        self._saved = saved or NoSavedState()
        self._homes = {} if homes is None else homes
        self._row_of: dict[str, int] = {}
        self._placed: set[str] = set()
        self.names: list[str] = []
        """Of the sensors by their rows in the bank."""
        self.bank = BlockBank(self._options.tuning, self._options.limits)
        self.bank.names = self.names
        self.models = PartitionModels[ModelsOfType]("signals", partition, models or NoModels(), self._saved)
        self._type_of: dict[str, str] = {}
        self._silence = WaveformSilence[SignalBlock](
            "signals", topic, partition, self.names, self._saved, _meta_of, block_detail
        )
        if self._silence.clock is not None:
            self.bank.restore_clock(self._silence.clock)
        # All of them: those that are heard no more fall silent, too.
        for name in sorted(stored for key in self._saved if (stored := signal_of(key)) is not None):
            self._take_in(name)

    @property
    def sensors(self) -> int:
        """How many sensors are held."""
        return len(self.names)

    @property
    def state_bytes(self) -> int:
        """Size of the state in memory, in bytes."""
        return self.bank.state_bytes

    def apply(self, records: RecordColumns) -> Applied:
        """Take records in order of offset; those already in the saved state change nothing."""
        options = self._options
        blocks, refused = decode_signals(
            records,
            max_message_bytes=options.max_message_bytes,
            max_future_s=options.max_future_s,
            require_asset_key=options.require_asset_key,
        )
        strays = self._take_in_new(blocks)
        offset = records.offset[[block.record for block in blocks]] if blocks else np.zeros(0, np.int64)
        batch = self._batch(blocks, offset)
        types = self._types(blocks)
        by_canary = rows_by_canary(self.bank.types, types, lambda at: blocks[at].asset_id)
        outcome = self.bank.advance(batch, types, by_canary)
        models = [self.bank.types[number] for number in types.tolist()]
        judges = [of.canary if canary else of.champion for of, canary in zip(models, by_canary, strict=True)]
        late = [_too_late(records, block) for block, s in zip(blocks, outcome.status, strict=True) if s == LATE]
        applied = Applied(
            units=sum(len(block.samples) for block, s in zip(blocks, outcome.status, strict=True) if s != SKIPPED),
            late=len(late),
            duplicates=int((outcome.status == DUPLICATE).sum()),
            in_two_partitions=strays,
            refused=dict(Counter(refusal.reason for refusal in (*refused, *late))),
            transitions=dict(Counter((KIND, "raised" if t["raised"] else "cleared") for t in outcome.transitions)),
        )
        applied.health = dict(Counter(STATES[change["state"]] for change in outcome.changes))
        applied.outputs += self._anomalies(blocks, offset, outcome.transitions, judges)
        is_silence = outcome.changes["state"] == SILENT
        applied.outputs += self._health(blocks, outcome.changes[~is_silence])
        applied.outputs += self._silence.tell(outcome.changes[is_silence], blocks, batch.row, offset)
        self._silence.listen(blocks, batch.row)
        place = (self._topic, self._partition)
        applied.outputs += block_rows(place, blocks, batch, outcome, models, by_canary, options.publish_features)
        applied.outputs += dead_letter_outputs(records, refused)
        applied.outputs += dead_letter_outputs(records, late, "order")
        applied.outputs.sort(key=lambda output: output.position)
        return applied

    def _take_in_new(self, blocks: list[SignalBlock]) -> int:
        """Restore the sensors that are new to this partition; return how many of them live in another one too."""
        strays = 0
        for block in blocks:
            name = block.sensor_id
            if name not in self._row_of:
                self._take_in(name)
            if name not in self._placed:
                self._placed.add(name)
                strays += self._homes.setdefault(name, self._partition) != self._partition
        return strays

    def _take_in(self, name: str) -> None:
        row = self._row_of[name] = len(self.names)
        self.names.append(name)
        said = self._silence.stored_meta(name)
        if said is not None:
            self._type_of[name] = said.sensor_type or ""
        packed = self._saved.read(signal_key(name))
        if packed is not None:
            self.bank.restore(row, packed)

    def _types(self, blocks: list[SignalBlock]) -> NDArray[np.int64]:
        """Return the number of the type of each block; types without a name share their models."""
        for block in blocks:
            self._type_of[block.sensor_id] = block.sensor_type or ""
        return np.array([self._type_number(block.sensor_type or "") for block in blocks], np.int64)

    def _type_number(self, name: str) -> int:
        for number, models in enumerate(self.bank.types):
            if models.name == name:
                return number
        self.bank.types.append(ModelsOfType(name))
        self.models.restore(self.bank.types[-1])
        return len(self.bank.types) - 1

    def _batch(self, blocks: list[SignalBlock], offset: NDArray[np.int64]) -> BlockBatch:
        facts = [self._options.assets.of(block.asset_id, block.sensor_id) for block in blocks]
        speeds = [
            fact.speed_rpm if isnan(block.speed_rpm) else block.speed_rpm
            for block, fact in zip(blocks, facts, strict=True)
        ]
        return BlockBatch(
            row=np.array([self._row_of[block.sensor_id] for block in blocks], np.int64),
            offset=offset,
            ts_us=np.array([block.ts_us for block in blocks], np.int64),
            seq=np.array([block.seq for block in blocks], np.int64),
            rate_hz=np.array([block.rate_hz for block in blocks], np.float64),
            speed_rpm=np.array(speeds, np.float64),
            samples=[block.samples for block in blocks],
            unit=[block.unit for block in blocks],
            lines=[fact.lines for fact in facts],
        )

    def _anomalies(
        self,
        blocks: list[SignalBlock],
        offset: NDArray[np.int64],
        transitions: NDArray[np.void],
        judges: list[ServedModel | None],
    ) -> Iterator[Output]:
        for transition in transitions:
            at = int(transition["position"])
            judge = judges[at]
            yield transition_output(
                transition,
                kind="pattern",
                lane="signals",
                model=_MODEL if judge is None else ModelRecord(judge.name, judge.version),
                columns=COLUMNS,
                # Where there is no champion, nothing is said of it.
                detectors=JOINED if judge else DETECTORS,
                topic=self._topic,
                partition=self._partition,
                sensor_id=blocks[at].sensor_id,
                meta=_meta_of(blocks[at]),
                position=(int(offset[at]), 0, 0),
            )

    def _health(self, blocks: list[SignalBlock], changes: NDArray[np.void]) -> Iterator[Output]:
        for change in changes:
            block = blocks[int(change["position"])]
            yield health_output(
                change,
                topic=self._topic,
                partition=self._partition,
                sensor_id=block.sensor_id,
                meta=_meta_of(block),
                position=(int(change["offset"]), 0, 0),
                detail=block_detail(change),
            )

    def changes(self) -> list[tuple[bytes, bytes]]:
        """Return the packed states that changed since the last call; to be called within a checkpoint."""
        # First, since a new champion may bring what is normal now.
        adopted = list(self.models.adopt(self.bank.types, self._rebase, self._learned))
        changed = [(signal_key(self.names[row]), self.bank.pack(row)) for row in self.bank.changed()]
        return changed + adopted + self._silence.changes(self.bank.pack_clock())

    def _rebase(self, models: ModelsOfType) -> None:
        if isinstance(models.normal, BlockReference):
            self.bank.rebase(models.normal, self._rows_of(models))

    def _learned(self, models: ModelsOfType, replaced_by: AnyReference) -> BlockReference:
        return self.bank.learned(self._rows_of(models))

    def _rows_of(self, models: ModelsOfType) -> list[int]:
        return [self._row_of[name] for name, of_type in self._type_of.items() if of_type == models.name]


def _meta_of(block: SignalBlock) -> SensorMeta:
    return SensorMeta(block.asset_id, block.sensor_type, block.unit)


def _too_late(records: RecordColumns, block: SignalBlock) -> Refusal:
    detail = f"the block begins before one of {block.sensor_id} that came earlier"
    return Refusal(block.record, 0, "bad_time", detail, records.value(block.record))
