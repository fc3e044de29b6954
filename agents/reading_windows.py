"""The windows of one partition's readings: `pattern` anomalies and feature rows. Pure, no Kafka."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from agents.by_meta import ByMeta
from agents.canary_assets import rows_by_canary
from agents.detector_weights import ToldWeights
from agents.feature_rows import FeatureRows
from agents.model_shelf import Models, NoModels
from agents.options import Publish
from agents.outputs import Output, SavedState, nth_of_each
from agents.partition_models import PartitionModels
from agents.shadow_rows import shadow_outputs
from agents.state_keys import context_key, type_key, values_key, window_key
from agents.transition_events import transition_output
from models.features.extractors import WINDOW_FEATURES
from models.serving.lanes import AnyReference
from models.serving.reference import Reference
from models.windows.bank import WindowBank, WindowOutcome
from models.windows.joined import DETECTORS
from models.windows.tuning import WindowTuning
from models.windows.type_stage import RECORDS, TypeStage
from schemas.anomaly_record import ModelRecord
from schemas.reading_columns import ReadingColumns
from schemas.sensor_index import SensorIndex

_MODEL = ModelRecord(name="windows", version="1")
# Events of one reading are numbered: those of its series come first.
_NTH_FROM = 100

Introduce = Callable[[Iterable[str]], None]
"""Takes in those of some sensors, by name, that are stored and were not heard yet."""

Release = Callable[[NDArray[np.int64], int], None]
"""Ends what else is open of series, by row, since a time or later."""


class ReadingWindows:
    """What is known of the windows of all sensors in `index`; types without a name share their models.

    `introduce` is called for the sensors that a new champion knows, `release` for series whose present state it takes
    for normal.
    """

    def __init__(
        self,
        topic: str,
        partition: int,
        index: SensorIndex,
        saved: SavedState,
        tuning: WindowTuning,
        publish: Publish,
        models: Models | None = None,
        introduce: Introduce = lambda names: None,
        release: Release = lambda rows, from_us: None,
    ) -> None:
        self._introduce, self._release = introduce, release
        self._topic, self._partition, self._index, self._saved = topic, partition, index, saved
        self._rows = FeatureRows(topic, partition, index, publish)
        self.bank = WindowBank(tuning)
        self.bank.names = index.names
        self.models = PartitionModels[TypeStage]("readings", partition, models or NoModels(), saved)
        self._weights = ToldWeights(partition)
        self._type_numbers: dict[str, int] = {}
        self._type = ByMeta(index, lambda meta: self._type_number(meta.sensor_type or ""), np.int64)

    def restore(self, row: int) -> None:
        """Have state for a sensor, as saved or fresh."""
        self.bank.ensure(row + 1)
        packed = self._saved.read(window_key(self._index.names[row]))
        if packed is not None:
            self.bank.restore(row, packed)
        for context, key_of in ((self.bank.context, context_key), (self.bank.values, values_key)):
            stored = self._saved.read(key_of(self._index.names[row]))
            if stored is not None:
                context.restore(row, stored)

    def apply(
        self, facts: NDArray[np.void], samples: NDArray[np.float64], columns: ReadingColumns
    ) -> tuple[list[Output], NDArray[np.void]]:
        """Return what windows that fell due in `columns` lead to, and the transitions among it."""
        if not len(facts):
            return [], self.bank.no_transitions
        metas = columns.meta[facts["position"]]
        types = self._type.of(metas)
        by_canary = rows_by_canary(self.bank.types, types, lambda at: self._index.metas[int(metas[at])].asset_id)
        outcome = self.bank.advance(facts, samples, types, by_canary)
        outputs = [
            *self._anomalies(outcome, columns, types, by_canary),
            *self._rows.messages(facts, outcome.features, columns),
        ]
        if any(stage.challenger for stage in self.bank.types):
            source = (self._topic, self._partition)
            outputs += shadow_outputs(source, self.bank.types, types, facts, outcome, columns, self._index, by_canary)
        return outputs, outcome.transitions

    def _type_number(self, name: str) -> int:
        number = self._type_numbers.get(name)
        if number is None:
            number = self._type_numbers[name] = len(self.bank.types)
            stage = TypeStage(name)
            found = {n: packed for n in range(RECORDS) if (packed := self._saved.read(type_key(name, n)))}
            if found:
                stage.restore(found)
            self.models.restore(stage)
            self.bank.types.append(stage)
        return number

    def _anomalies(
        self,
        outcome: WindowOutcome,
        columns: ReadingColumns,
        types: NDArray[np.int64],
        by_canary: NDArray[np.bool_],
    ) -> Iterator[Output]:
        for transition, nth in zip(outcome.transitions, nth_of_each(outcome.transitions["position"]), strict=True):
            at = int(transition["position"])
            stage = self.bank.types[int(types[transition["window"]])]
            champion = stage.canary if by_canary[transition["window"]] else stage.champion
            yield transition_output(
                transition,
                kind="pattern",
                lane="readings",
                model=_MODEL if champion is None else ModelRecord(champion.name, champion.version),
                columns=WINDOW_FEATURES,
                # Where there is no champion, nothing is said of it.
                detectors=DETECTORS if champion else DETECTORS[:-1],
                topic=self._topic,
                partition=self._partition,
                sensor_id=self._index.names[int(transition["row"])],
                meta=self._index.metas[int(columns.meta[at])],
                position=(int(columns.offset[at]), int(columns.index[at]), _NTH_FROM + nth),
            )

    def changes(self) -> list[tuple[bytes, bytes]]:
        """Return the packed states that changed since the last call; to be called within a checkpoint."""
        names = self._index.names
        # First, since a new champion may bring what is normal now.
        adopted = list(self.models.adopt(self.bank.types, self._take_champion, self._learned))
        changed = [(window_key(names[row]), packed) for row, packed in self.bank.packed_changes()]
        for context, key_of in ((self.bank.context, context_key), (self.bank.values, values_key)):
            changed += [(key_of(names[row]), packed) for row, packed in context.packed_changes()]
        for stage in self.bank.types:
            changed += [(type_key(stage.name, number), packed) for number, packed in stage.packed_changes()]
            self._weights.tell(stage)
        return changed + adopted

    def _take_champion(self, stage: TypeStage) -> None:
        stage.renew_champion()
        reference = stage.normal
        if not isinstance(reference, Reference):
            return
        known = self._known(stage, reference)
        self.bank.rebase(reference, known)
        # What the champion before had raised for ends by itself where that was normal all the time.
        if stage.champion is not None and stage.champion.reference is reference:
            self._release(known, reference.ends_from_us)

    def _learned(self, stage: TypeStage, replaced_by: AnyReference) -> Reference:
        return self.bank.learned(self._known(stage, replaced_by))

    def _known(self, stage: TypeStage, reference: AnyReference) -> NDArray[np.int64]:
        """Return the rows of the sensors of a type that a reference knows, heard or not."""
        self._introduce(reference.sensors)
        of_type = [row for row, name in enumerate(self._index.sensor_type) if (name or "") == stage.name]
        return np.array([row for row in of_type if self._index.names[row] in reference.sensors], np.int64)
