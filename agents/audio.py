"""The microphone frames of one partition: bytes in; anomalies, health, features, dead letters out. Pure, no Kafka."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from agents.dead_letters import dead_letter_outputs
from agents.health_events import health_output
from agents.options import PUBLISH_EVERY, AudioOptions
from agents.outputs import Applied, NoSavedState, Output, Position, SavedState
from agents.state_keys import microphone_key
from agents.transition_events import transition_output
from models.arrival import DUPLICATE, LATE, SKIPPED
from models.health.state import STATES
from models.sound.bank import SoundBank, SoundOutcome
from models.sound.columns import CLIP_COLUMNS
from models.sound.frame_features import RATE_HZ
from models.sound.hearing import SoundBatch
from models.sound.mel import band_names
from models.sound.resample import is_known_rate
from models.sound.transition import DETECTORS, KIND
from schemas.anomaly_record import ModelRecord, SourceRecord
from schemas.audio_frame import MOST_CHANNELS, AudioFrame
from schemas.audio_message import decode_audio
from schemas.feature_block import ANOMALY_OPEN, LEARNING, UNHEALTHY_SENSOR, encode_feature_block
from schemas.records import RecordColumns
from schemas.refusal import Refusal
from schemas.sensor_index import SensorMeta
from schemas.topics import FEATURES

_BANDS = band_names(RATE_HZ)
# The detectors of this lane learn in the stream: their version is that of their definition.
_MODEL = ModelRecord(name="clips", version="1")
_HEADERS = (("content-type", b"application/msgpack"),)
# Events of one hop: its change of health first, then the anomaly.
_CHANGE, _TRANSITION, _CLIP = range(3)


class AudioPartition:
    """What is known of all microphones of one partition, and what their frames lead to.

    A frame that begins before one that came earlier is not applied: it becomes a dead letter, so that it is not lost.
    `homes`, shared by the partitions of a worker, tells in which of them a microphone was heard first.
    """

    def __init__(
        self,
        topic: str,
        partition: int,
        options: AudioOptions | None = None,
        saved: SavedState | None = None,
        homes: dict[str, int] | None = None,
    ) -> None:
        self._options = options or AudioOptions()
        self._topic, self._partition = topic, partition
        self._saved = saved or NoSavedState()
        self._homes = {} if homes is None else homes
        self._row_of: dict[str, int] = {}
        self._names: list[str] = []
        self.bank = SoundBank(self._options.tuning)

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
        options = self._options
        heard, refused = decode_audio(
            records,
            max_message_bytes=options.max_message_bytes,
            max_future_s=options.max_future_s,
            require_asset_key=options.require_asset_key,
        )
        frames, unknown = self._known_rates(records, heard)
        frames = [each for frame in frames for each in _of_channels(frame, options.keep_channels)]
        strays = self._take_in_new(frames)
        batch = self._batch(records, frames)
        outcome = self.bank.advance(batch)
        # What the channels of one record lead to must not have the same names.
        for told, name in ((outcome.transitions, "anomaly_index"), (outcome.changes, "index")):
            channel = [frames[at].channel for at in told["position"]]
            told[name] = told[name] * MOST_CHANNELS + np.array(channel, np.int64)
        late = _once([_too_late(records, frame) for frame, s in zip(frames, outcome.status, strict=True) if s == LATE])
        applied = Applied(
            units=sum(len(each.samples) for each, s in zip(frames, outcome.status, strict=True) if s != SKIPPED),
            late=len(late),
            duplicates=int((outcome.status == DUPLICATE).sum()),
            in_two_partitions=strays,
            refused=dict(Counter(refusal.reason for refusal in (*refused, *unknown, *late))),
            transitions=dict(Counter((KIND, "raised" if t["raised"] else "cleared") for t in outcome.transitions)),
            health=dict(Counter(STATES[change["state"]] for change in outcome.changes)),
        )
        applied.outputs += self._health(frames, batch, outcome)
        applied.outputs += self._anomalies(frames, batch, outcome)
        applied.outputs += self._features(frames, batch, outcome)
        applied.outputs += dead_letter_outputs(records, [*refused, *unknown])
        applied.outputs += dead_letter_outputs(records, late, "order")
        applied.outputs.sort(key=lambda output: output.position)
        return applied

    def _known_rates(self, records: RecordColumns, frames: list[AudioFrame]) -> tuple[list[AudioFrame], list[Refusal]]:
        """Return the frames whose rate can be brought to that of the analysis, and the refusals of the others."""
        known = [frame for frame in frames if is_known_rate(frame.rate_hz)]
        detail = f"sound of {{}} Hz cannot be brought to {RATE_HZ} Hz; send a usual rate"
        refused = [
            Refusal(frame.record, 0, "unsupported_format", detail.format(frame.rate_hz), records.value(frame.record))
            for frame in frames
            if not is_known_rate(frame.rate_hz)
        ]
        return known, refused

    def _take_in_new(self, frames: list[AudioFrame]) -> int:
        """Restore the microphones that are new to this partition; return how many of them live in another one too."""
        strays = 0
        for frame in frames:
            name = frame.microphone_id
            if name in self._row_of:
                continue
            row = self._row_of[name] = len(self._names)
            self._names.append(name)
            strays += self._homes.setdefault(name, self._partition) != self._partition
            packed = self._saved.read(microphone_key(name))
            if packed is not None:
                self.bank.restore(row, packed)
        return strays

    def _batch(self, records: RecordColumns, frames: list[AudioFrame]) -> SoundBatch:
        def column(values: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
            return np.array(values, np.int64)

        return SoundBatch(
            row=column([self._row_of[frame.microphone_id] for frame in frames]),
            offset=records.offset[column([frame.record for frame in frames])],
            ts_us=column([frame.ts_us for frame in frames]),
            seq=column([frame.seq for frame in frames]),
            rate_hz=column([frame.rate_hz for frame in frames]),
            channels=column([frame.samples.shape[1] for frame in frames]),
            samples=[_mixed(frame) for frame in frames],
        )

    def _anomalies(self, frames: list[AudioFrame], batch: SoundBatch, outcome: SoundOutcome) -> Iterator[Output]:
        for transition in outcome.transitions:
            at = int(transition["position"])
            yield transition_output(
                transition,
                kind="pattern",
                lane="audio",
                model=_MODEL,
                columns=_BANDS,
                detectors=DETECTORS,
                topic=self._topic,
                partition=self._partition,
                sensor_id=frames[at].microphone_id,
                meta=_meta(frames[at]),
                position=_position(batch, frames[at], at, int(transition["nth"]), _TRANSITION),
            )

    def _health(self, frames: list[AudioFrame], batch: SoundBatch, outcome: SoundOutcome) -> Iterator[Output]:
        for change in outcome.changes:
            at = int(change["position"])
            yield health_output(
                change,
                topic=self._topic,
                partition=self._partition,
                sensor_id=frames[at].microphone_id,
                meta=_meta(frames[at]),
                position=_position(batch, frames[at], at, int(change["nth"]), _CHANGE),
                detail=_health_detail(change),
            )

    def _features(self, frames: list[AudioFrame], batch: SoundBatch, outcome: SoundOutcome) -> Iterator[Output]:
        """Yield a message for each clip that is to be published."""
        every = PUBLISH_EVERY[self._options.publish_features]
        if not every:
            return
        looks, places, judged = outcome.looks, outcome.places, outcome.judged
        flags = (
            LEARNING * (judged.learned == 0) + ANOMALY_OPEN * (judged.open != 0) + UNHEALTHY_SENSOR * judged.unhealthy
        )
        span_us = round(self._options.tuning.span_s * 1e6)
        for i in np.flatnonzero((judged.clip >= 0) & (judged.clip % every == 0)).tolist():
            at, offset = int(places.position[i]), int(places.offset[i])
            frame, end_us = frames[at], int(places.ts_us[i])
            message = encode_feature_block(
                "audio",
                CLIP_COLUMNS,
                asset_id=frame.asset_id,
                sensor_ids=[frame.microphone_id],
                sensor_types=[frame.sensor_type],
                ts_us=[end_us],
                start_ts_us=[end_us - span_us],
                flags=[int(flags[i])],
                source=SourceRecord(self._topic, self._partition, offset, offset),
                values=looks.clip[i].astype("<f4").tobytes(),
            )
            position = _position(batch, frame, at, int(places.nth[i]), _CLIP)
            yield Output(FEATURES, frame.asset_id.encode(), message, _HEADERS, position)

    def changes(self) -> list[tuple[bytes, bytes]]:
        """Return the packed states that changed since the last call."""
        return [(microphone_key(self._names[row]), self.bank.pack(row)) for row in self.bank.changed()]


def _position(batch: SoundBatch, frame: AudioFrame, at: int, nth: int, kind: int) -> Position:
    return int(batch.offset[at]), nth * MOST_CHANNELS + frame.channel, kind


def _of_channels(frame: AudioFrame, keep: bool) -> list[AudioFrame]:
    """Return the frame itself, or where channels are kept one frame for each, named `…/ch1` and on."""
    channels = frame.samples.shape[1]
    if not keep or channels == 1:
        return [frame]
    return [
        replace(frame, microphone_id=f"{frame.microphone_id}/ch{c + 1}", samples=frame.samples[:, c : c + 1], channel=c)
        for c in range(channels)
    ]


def _mixed(frame: AudioFrame) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Return the mean of the channels, added up in their order."""
    channels = frame.samples.shape[1]
    total = np.ascontiguousarray(frame.samples[:, 0])
    for c in range(1, channels):
        total = total + frame.samples[:, c]
    return total if channels == 1 else total * np.float32(1.0 / channels)


def _meta(frame: AudioFrame) -> SensorMeta:
    return SensorMeta(frame.asset_id, frame.sensor_type, None)


def _health_detail(change: np.void) -> str:
    """Return what was heard, as one phrase."""
    amount = float(change["amount"])
    match STATES[change["state"]]:
        case "gap":
            return f"{amount:.3f} s of sound missing"
        case "silent":
            return f"level {amount:.2g} of full scale"
        case "clipped":
            return f"{100 * amount:.2g} % of the samples at full scale"
        case "noisy":
            return f"noise around, {amount:.1f} dB over the whole spectrum: the machine is not judged"
        case "out_of_range":
            return f"{amount:+.1f} dB from the usual level with the usual spectrum: another gain"
        case _:
            return f"good sound again after {STATES[change['before']]}"


def _too_late(records: RecordColumns, frame: AudioFrame) -> Refusal:
    detail = f"the frame begins before one of {frame.microphone_id} that came earlier"
    return Refusal(frame.record, 0, "bad_time", detail, records.value(frame.record))


def _once(refused: list[Refusal]) -> list[Refusal]:
    """Return one refusal a record: the channels of a frame are late together."""
    return list({refusal.record: refusal for refusal in refused}.values())
