"""The microphone frames of one partition: bytes in; anomalies, health, features, dead letters out. Pure, no Kafka."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from agents.canary_assets import rows_by_canary
from agents.clip_rows import clip_rows
from agents.dead_letters import dead_letter_outputs
from agents.health_events import health_output, sound_detail
from agents.microphone_frames import meta_of, microphone_frames, mixed
from agents.model_shelf import Models, NoModels
from agents.options import AudioOptions
from agents.outputs import Applied, NoSavedState, Output, Position, SavedState
from agents.partition_models import PartitionModels
from agents.state_keys import microphone_key, microphone_of
from agents.transition_events import transition_output
from agents.waveform_silence import WaveformSilence
from models.arrival import DUPLICATE, LATE, SKIPPED
from models.health.state import STATES
from models.serving.lanes import AnyReference
from models.serving.of_type import ModelsOfType
from models.serving.served_model import ServedModel
from models.sound.bank import SoundBank, SoundOutcome
from models.sound.framing import RATE_HZ
from models.sound.hearing import SoundBatch
from models.sound.mel import band_names
from models.sound.reference import SoundReference
from models.sound.transition import DETECTORS, KIND, OF_TYPE
from schemas.anomaly_record import ModelRecord
from schemas.audio_frame import MOST_CHANNELS, AudioFrame
from schemas.records import RecordColumns
from schemas.refusal import Refusal

_BANDS = band_names(RATE_HZ)
# The detectors of this lane learn in the stream: their version is that of their definition.
_MODEL = ModelRecord(name="clips", version="1")
# Events of one hop: its change of health first, then the anomaly.
_CHANGE, _TRANSITION, _CLIP = range(3)


class AudioPartition:
    """What is known of all microphones of one partition, and what their frames lead to.

    A frame that begins before one that came earlier is not applied: it becomes a dead letter, so that it is not lost.
    `homes`, shared by the partitions of a worker, tells in which of them a microphone was heard first; `models`,
    shared, too, which trained models are to score.
    """

    def __init__(
        self,
        topic: str,
        partition: int,
        options: AudioOptions | None = None,
        saved: SavedState | None = None,
        homes: dict[str, int] | None = None,
        models: Models | None = None,
    ) -> None:
        self._options = options or AudioOptions()
        self._topic, self._partition = topic, partition
        self._saved = saved or NoSavedState()
        self._homes = {} if homes is None else homes
        self._row_of: dict[str, int] = {}
        self._placed: set[str] = set()
        self._names: list[str] = []
        self._type_of: dict[str, str] = {}
        self.bank = SoundBank(self._options.tuning)
        self.bank.names = self._names
        self.models = PartitionModels[ModelsOfType]("audio", partition, models or NoModels(), self._saved)
        self._silence = WaveformSilence[AudioFrame](
            "audio", topic, partition, self._names, self._saved, meta_of, sound_detail
        )
        if self._silence.clock is not None:
            self.bank.restore_clock(self._silence.clock)
        # All of them: those that are heard no more fall silent, too.
        for name in sorted(stored for key in self._saved if (stored := microphone_of(key)) is not None):
            self._take_in(name)

    @property
    def sensors(self) -> int:
        """How many microphones are held."""
        return len(self._names)

    @property
    def state_bytes(self) -> int:
        """Size of the state in memory, in bytes."""
        return self.bank.state_bytes

    def apply(self, records: RecordColumns) -> Applied:
        """Take records in order of offset; those already in the saved state change nothing."""
        frames, refused = microphone_frames(records, self._options)
        strays = self._take_in_new(frames)
        batch = self._batch(records, frames)
        types = self._types(frames)
        by_canary = rows_by_canary(self.bank.types, types, lambda at: frames[at].asset_id)
        outcome = self.bank.advance(batch, types, by_canary)
        models = [self.bank.types[number] for number in types.tolist()]
        unheard = outcome.changes["unheard"]
        missed, changes = outcome.changes[unheard], outcome.changes[~unheard]
        judges = [of.canary if canary else of.champion for of, canary in zip(models, by_canary, strict=True)]
        # What the channels of one record lead to must not have the same names.
        for told, name in ((outcome.transitions, "anomaly_index"), (changes, "index")):
            channel = [frames[at].channel for at in told["position"]]
            told[name] = told[name] * MOST_CHANNELS + np.array(channel, np.int64)
        late = _once([_too_late(records, frame) for frame, s in zip(frames, outcome.status, strict=True) if s == LATE])
        applied = Applied(
            units=sum(len(each.samples) for each, s in zip(frames, outcome.status, strict=True) if s != SKIPPED),
            late=len(late),
            duplicates=int((outcome.status == DUPLICATE).sum()),
            in_two_partitions=strays,
            refused=dict(Counter(refusal.reason for refusal in (*refused, *late))),
            transitions=dict(Counter((KIND, "raised" if t["raised"] else "cleared") for t in outcome.transitions)),
            health=dict(Counter(STATES[change["state"]] for change in outcome.changes)),
        )
        applied.outputs += self._health(frames, batch, changes)
        applied.outputs += self._silence.tell(missed, frames, batch.row, batch.offset)
        self._silence.listen(frames, batch.row)
        applied.outputs += self._anomalies(frames, batch, outcome, judges)
        applied.outputs += clip_rows(
            (self._topic, self._partition),
            frames,
            outcome,
            models,
            by_canary,
            self._options.publish_features,
            round(self._options.tuning.span_s * 1e6),
            lambda i: _look_position(batch, frames, outcome, i),
        )
        applied.outputs += dead_letter_outputs(records, refused)
        applied.outputs += dead_letter_outputs(records, late, "order")
        applied.outputs.sort(key=lambda output: output.position)
        return applied

    def _take_in_new(self, frames: list[AudioFrame]) -> int:
        """Restore the microphones that are new to this partition; return how many of them live in another one too."""
        strays = 0
        for frame in frames:
            name = frame.microphone_id
            if name not in self._row_of:
                self._take_in(name)
            if name not in self._placed:
                self._placed.add(name)
                strays += self._homes.setdefault(name, self._partition) != self._partition
        return strays

    def _take_in(self, name: str) -> None:
        row = self._row_of[name] = len(self._names)
        self._names.append(name)
        packed = self._saved.read(microphone_key(name))
        if packed is not None:
            self.bank.restore(row, packed)
        said = self._silence.stored_meta(name)
        if said is not None:
            self._type_of[name] = said.sensor_type or ""

    def _types(self, frames: list[AudioFrame]) -> NDArray[np.int64]:
        """Return the number of the type of each frame; types without a name share their models."""
        for frame in frames:
            self._type_of[frame.microphone_id] = frame.sensor_type or ""
        return np.array([self._type_number(frame.sensor_type or "") for frame in frames], np.int64)

    def _type_number(self, name: str) -> int:
        for number, models in enumerate(self.bank.types):
            if models.name == name:
                return number
        self.bank.types.append(ModelsOfType(name))
        self.models.restore(self.bank.types[-1])
        return len(self.bank.types) - 1

    def _batch(self, records: RecordColumns, frames: list[AudioFrame]) -> SoundBatch:
        def column(values: list[int]) -> NDArray[np.int64]:
            return np.array(values, np.int64)

        return SoundBatch(
            row=column([self._row_of[frame.microphone_id] for frame in frames]),
            offset=records.offset[column([frame.record for frame in frames])],
            ts_us=column([frame.ts_us for frame in frames]),
            seq=column([frame.seq for frame in frames]),
            rate_hz=column([frame.rate_hz for frame in frames]),
            channels=column([frame.samples.shape[1] for frame in frames]),
            samples=[mixed(frame) for frame in frames],
        )

    def _anomalies(
        self, frames: list[AudioFrame], batch: SoundBatch, outcome: SoundOutcome, judges: list[ServedModel | None]
    ) -> Iterator[Output]:
        for transition in outcome.transitions:
            at = int(transition["position"])
            judge = judges[at]
            by_type = transition["judge"] == OF_TYPE
            yield transition_output(
                transition,
                kind="pattern",
                lane="audio",
                model=ModelRecord(judge.name, judge.version) if judge and by_type else _MODEL,
                columns=_BANDS,
                # Where there is no champion, nothing is said of it.
                detectors=DETECTORS if judge else DETECTORS[:OF_TYPE],
                topic=self._topic,
                partition=self._partition,
                sensor_id=frames[at].microphone_id,
                meta=meta_of(frames[at]),
                position=_position(batch, frames[at], at, int(transition["nth"]), _TRANSITION),
            )

    def _health(self, frames: list[AudioFrame], batch: SoundBatch, changes: NDArray[np.void]) -> Iterator[Output]:
        for change in changes:
            at = int(change["position"])
            yield health_output(
                change,
                topic=self._topic,
                partition=self._partition,
                sensor_id=frames[at].microphone_id,
                meta=meta_of(frames[at]),
                position=_position(batch, frames[at], at, int(change["nth"]), _CHANGE),
                detail=sound_detail(change),
            )

    def changes(self) -> list[tuple[bytes, bytes]]:
        """Return the packed states that changed since the last call; to be called within a checkpoint."""
        changed = [(microphone_key(self._names[row]), self.bank.pack(row)) for row in self.bank.changed()]
        # A new champion is met by each microphone when it is heard next.
        changed += self.models.adopt(self.bank.types, lambda _: None, self._learned)
        return changed + self._silence.changes(self.bank.pack_clock())

    def _learned(self, models: ModelsOfType, replaced_by: AnyReference) -> SoundReference:
        return self.bank.learned([self._row_of[name] for name, of in self._type_of.items() if of == models.name])


def _position(batch: SoundBatch, frame: AudioFrame, at: int, nth: int, kind: int) -> Position:
    return int(batch.offset[at]), nth * MOST_CHANNELS + frame.channel, kind


def _look_position(batch: SoundBatch, frames: list[AudioFrame], outcome: SoundOutcome, i: int) -> Position:
    at = int(outcome.places.position[i])
    return _position(batch, frames[at], at, int(outcome.places.nth[i]), _CLIP)


def _too_late(records: RecordColumns, frame: AudioFrame) -> Refusal:
    detail = f"the frame begins before one of {frame.microphone_id} that came earlier"
    return Refusal(frame.record, 0, "bad_time", detail, records.value(frame.record))


def _once(refused: list[Refusal]) -> list[Refusal]:
    """Return one refusal a record: the channels of a frame are late together."""
    return list({refusal.record: refusal for refusal in refused}.values())
