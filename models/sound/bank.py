"""The microphones of one partition: their state in arrays, and the one way to move it forward."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrival import SKIPPED
from models.checkpoint import clock_of
from models.health.silence import CLOCK, NEVER
from models.serving.of_type import ModelsOfType
from models.sound import gather, packing, silence
from models.sound.asked import Asked, mark_of
from models.sound.clip import COLUMNS, DELTA_FRAMES, Sums
from models.sound.clip_model import profiles_and_levels
from models.sound.columns import MFCC
from models.sound.framing import FRAME_SAMPLES, HOP_SAMPLES
from models.sound.hearing import Hearing, SoundBatch
from models.sound.judge import judge
from models.sound.looks import Judged, Learned, Looks, Places
from models.sound.mel import MEL_BANDS
from models.sound.own_models import OwnModels
from models.sound.reference import SoundReference
from models.sound.state import KEPT_ROWS, SOUND_STATE
from models.sound.transition import SOUND_HEALTH, SOUND_TRANSITION
from models.sound.tuning import SoundTuning
from models.told import Told

_FIRST_CAPACITY = 16


@dataclass(frozen=True, slots=True)
class SoundOutcome:
    """What a batch brought: `status` (n,) of its frames; its m looks, where they were completed, what became of them.

    `asked` is what trained models alone said. `transitions` (SOUND_TRANSITION) and `changes` (SOUND_HEALTH) are in
    order of their cause for each microphone.
    """

    status: NDArray[np.uint8]
    looks: Looks
    places: Places
    judged: Judged
    asked: Asked
    transitions: NDArray[np.void]
    changes: NDArray[np.void]


class SoundBank:
    """State of `len(bank)` microphones, one row each, in the order of the caller's names."""

    def __init__(self, tuning: SoundTuning | None = None) -> None:
        self.tuning = tuning or SoundTuning()
        self._constants = self.tuning.record()
        self._rows = 0
        hops = self.tuning.hops
        self._states = np.zeros(0, SOUND_STATE)
        self._hearing = Hearing()
        self._sums = Sums(
            np.zeros((0, 2, COLUMNS)),
            np.zeros((0, hops, 2, COLUMNS), np.float32),
            np.zeros((0, hops, 2), np.int32),
            np.zeros((0, DELTA_FRAMES - 1, MFCC), np.float32),
        )
        self._learned = Learned(
            np.zeros((0, KEPT_ROWS, MEL_BANDS), np.float32),
            np.zeros((0, MEL_BANDS), np.float32),
            np.zeros((0, MEL_BANDS), np.float32),
        )
        self._touched = np.zeros(0, np.bool_)
        self._alarm, self._clock = np.zeros(0, np.int64), np.zeros(1, CLOCK)
        self._models = OwnModels()
        self.types: list[ModelsOfType] = []
        self.names: Sequence[str] = ()

    def __len__(self) -> int:
        return self._rows

    def ensure(self, rows: int) -> None:
        """Have state for at least so many microphones."""
        more = max(rows, 2 * len(self._states), _FIRST_CAPACITY) - len(self._states)
        if rows > len(self._states):
            first = len(self._states)
            self._states, self._touched = _longer(self._states, more), _longer(self._touched, more)
            self._alarm = np.concatenate([self._alarm, np.full(more, NEVER)])
            self._hearing.tail = _longer(self._hearing.tail, more)
            self._states["constants"][first:] = self.tuning.constants
            self._sums = Sums(*(_longer(each, more) for each in self._sums))
            self._learned = Learned(*(_longer(each, more) for each in self._learned))
        self._rows = max(self._rows, rows)

    def advance(
        self,
        batch: SoundBatch,
        types: NDArray[np.int64] | None = None,
        by_canary: NDArray[np.bool_] | None = None,
    ) -> SoundOutcome:
        """Take in audio frames in order of arrival; rows beyond `len(self)` get fresh state.

        `types` (n,) are places in `self.types`; without them no trained model is asked. `by_canary` (n,) are those that
        the canary of their type judges.
        """
        n = len(batch)
        if n:
            self.ensure(int(batch.row.max()) + 1)
        status, anchor_us, missing_us = np.zeros(n, np.uint8), np.zeros(n, np.int64), np.zeros(n, np.int64)
        lengths = np.array([len(each) for each in batch.samples], np.int64)
        arrivals = gather.Arrivals(
            batch.row, batch.offset, batch.ts_us, batch.seq, batch.rate_hz, batch.channels, lengths
        )
        missed = np.zeros(n + self._rows, SOUND_HEALTH)
        alarm = self._alarm[: self._rows]
        used = gather.place_all(
            self._states, self._touched, alarm, self._clock, arrivals, status, anchor_us, missing_us, missed
        )
        self._touched[batch.row[status != SKIPPED]] = True
        runs, features = self._hearing.hear(batch, self._states, status, missing_us)
        room = int(np.sum(np.diff(runs.feature_at)) * HOP_SAMPLES // self.tuning.hop_samples) + 2 * len(runs.row)
        room += int(len(runs.row) * FRAME_SAMPLES // self.tuning.hop_samples)
        looks, missing = Looks.of(room), np.zeros(room, np.int64)
        places = Places(*(np.zeros(room, np.int64) for _ in range(4)))
        m = gather.follow_all(
            self._states,
            self._sums,
            self.tuning.hop_samples,
            runs,
            features,
            batch.offset,
            anchor_us,
            looks,
            places,
            missing,
        )
        looks, places = looks.first(m), Places(*(each[:m] for each in places))
        of_look = None if types is None else types[places.position]
        canary = np.zeros(m, np.bool_) if by_canary is None else by_canary[places.position]
        return self._judge(status, looks, places, missing[:m], missed[:used], of_look, canary)

    def _judge(
        self,
        status: NDArray[np.uint8],
        looks: Looks,
        places: Places,
        missing_us: NDArray[np.int64],
        missed: NDArray[np.void],
        types: NDArray[np.int64] | None,
        by_canary: NDArray[np.bool_],
    ) -> SoundOutcome:
        m = len(looks.row)
        asked = Asked.of(m)
        free, level = profiles_and_levels(looks.clip)
        judged = Judged.of(m)
        told = Told.room(m + len(missed), SOUND_TRANSITION, SOUND_HEALTH)
        self._meet(looks, types)
        for row in np.unique(looks.row[self._states["is_learned"][looks.row] == 1]).tolist():
            self._score(row, np.flatnonzero((looks.row == row) & (looks.is_clip == 1)), free, judged)
        self._ask(asked, looks, free, types, by_canary, np.arange(m))
        at = 0
        while at < m:
            at = judge(
                self._states,
                self._learned,
                self._constants,
                looks,
                free,
                level,
                missing_us,
                places,
                judged,
                asked,
                missed,
                at,
                told,
            )
            row = told.take_fit()
            if row >= 0:
                self._models.learn(self._states, self._learned, row)
                rest = at + np.flatnonzero(looks.row[at:] == row)
                self._score(row, rest[looks.is_clip[rest] == 1], free, judged)
                self._ask(asked, looks, free, types, by_canary, rest)
        silence.tell_rest(self._states, missed, told)
        return SoundOutcome(status, looks, places, judged, asked, *told.written())

    def _ask(
        self,
        asked: Asked,
        looks: Looks,
        free: NDArray[np.float32],
        types: NDArray[np.int64] | None,
        by_canary: NDArray[np.bool_],
        places: NDArray[np.intp],
    ) -> None:
        """Ask the trained models of the looks at `places`, by what their microphones have learned now."""
        if types is None or not self.types:
            return
        learned = (looks.is_clip[places] == 1) & (self._states["is_learned"][looks.row[places]] == 1)
        for number in np.unique(types[places]).tolist():
            models, of_type = self.types[number], types[places] == number
            asked.mark[places[of_type]] = mark_of(models.champion)
            if models.canary is not None:
                asked.mark[places[of_type & by_canary[places]]] = mark_of(models.canary)
            at = places[of_type & learned]
            rows = looks.row[at]
            names = [self.names[row] for row in rows.tolist()] if self.names else []
            usual, scale = self._learned.usual[rows], self._learned.scale[rows]
            asked.ask(models, at, names, looks.clip[at], free[at], usual, scale, by_canary[at])

    def _meet(self, looks: Looks, types: NDArray[np.int64] | None) -> None:
        """Have what is normal by a new champion take the place of what is usual for the microphones."""
        if types is None or not self.types:
            return
        rows, first = np.unique(looks.row, return_index=True)
        for row, at in zip(rows.tolist(), first.tolist(), strict=True):
            mark, reference = mark_of(self.types[types[at]].champion), self.types[types[at]].normal
            is_new, self._states["met"][row] = self._states["met"][row] != mark, mark
            if not is_new or not isinstance(reference, SoundReference):
                continue
            place = reference.sensors.get(self.names[row])
            if place is not None and self._states["is_learned"][row] == 1:
                self._models.rebase(self._states, self._learned, row, reference, place)

    def learned(self, rows: list[int]) -> SoundReference:
        """Return what is usual for those of the microphones `rows` that have learned, as a reference."""
        rows = [row for row in rows if self._states["is_learned"][row] == 1]
        return SoundReference(
            {self.names[row]: at for at, row in enumerate(rows)},
            self._learned.usual[rows],
            self._learned.scale[rows],
            self._states["level"][rows],
        )

    def _score(self, row: int, at: NDArray[np.int64], free: NDArray[np.float32], judged: Judged) -> None:
        if len(at):
            judged.distance[at] = self._models.score(self._states, self._learned, row, free[at])

    def changed(self) -> list[int]:
        """Return the rows whose state changed since the last call, ascending."""
        rows: list[int] = np.flatnonzero(self._touched[: self._rows]).tolist()
        self._touched[:] = False
        return rows

    def pack(self, row: int) -> bytes:
        """Return a microphone's state; it begins with the offset of the last record taken in."""
        return packing.pack(row, self._states, self._hearing, self._sums, self._learned)

    def restore(self, row: int, packed: bytes) -> None:
        """Put back what `pack` gave; what was learned with other constants is learned anew.

        Raises BadDataError on bytes of another version or form.
        """
        self.ensure(row + 1)
        self._models.forget(row)
        packing.unpack(packed, row, self.tuning, self._states, self._hearing, self._sums, self._learned)
        silence.alarms(self._states[row : row + 1], self._alarm[row : row + 1])

    def pack_clock(self) -> bytes:
        """Return the record of the clock that all microphones share."""
        return self._clock.tobytes()

    def restore_clock(self, packed: bytes) -> None:
        """Put back what was packed of the clock; raises BadDataError on another length."""
        self._clock = clock_of(packed)

    @property
    def state_bytes(self) -> int:
        """Bytes of state in use."""
        arrays = (self._states, self._hearing.tail, *self._sums, *self._learned)
        return self._rows * sum(int(each[:1].nbytes) for each in arrays) + self._models.bytes


def _longer(array: NDArray, more: int) -> NDArray:  # type: ignore[type-arg]
    return np.concatenate([array, np.zeros((more, *array.shape[1:]), array.dtype)])
