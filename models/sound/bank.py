"""The microphones of one partition: their state in arrays, and the one way to move it forward."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.sound import gather, judge, packing
from models.sound.clip import COLUMNS, DELTA_FRAMES, Looks, Sums
from models.sound.clip_model import ClipModel, fit_clip_model, profiles_and_levels
from models.sound.columns import MFCC
from models.sound.frame_features import FRAME_SAMPLES, HOP_SAMPLES, frame_features
from models.sound.mel import MEL_BANDS
from models.sound.order import BROKEN, NEXT, SKIPPED
from models.sound.resample import Resampling, resampling
from models.sound.state import KEPT_ROWS, SOUND_STATE, TAIL_SAMPLES
from models.sound.transition import SOUND_HEALTH, SOUND_TRANSITION
from models.sound.tuning import SoundTuning

_FIRST_CAPACITY = 16


@dataclass(frozen=True, slots=True)
class SoundBatch:
    """n audio frames in order of arrival: columns of length n; seq −1: not known; `samples` float32 of one channel."""

    row: NDArray[np.int64]
    offset: NDArray[np.int64]
    ts_us: NDArray[np.int64]
    seq: NDArray[np.int64]
    rate_hz: NDArray[np.int64]
    channels: NDArray[np.int64]
    samples: list[NDArray[np.float32]]

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True, slots=True)
class SoundOutcome:
    """What a batch brought: `status` (n,) of its frames; its m looks, where they were completed, what became of them.

    `transitions` (SOUND_TRANSITION) and `changes` (SOUND_HEALTH) are in order of their cause for each microphone.
    """

    status: NDArray[np.uint8]
    looks: Looks
    places: judge.Places
    judged: judge.Judged
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
        self._tail = np.zeros((0, TAIL_SAMPLES), np.float32)
        self._sums = Sums(
            np.zeros((0, 2, COLUMNS)),
            np.zeros((0, hops, 2, COLUMNS), np.float32),
            np.zeros((0, hops, 2), np.int32),
            np.zeros((0, DELTA_FRAMES - 1, MFCC), np.float32),
        )
        self._learned = judge.Learned(
            np.zeros((0, KEPT_ROWS, MEL_BANDS), np.float32),
            np.zeros((0, MEL_BANDS), np.float32),
            np.zeros((0, MEL_BANDS), np.float32),
        )
        self._touched = np.zeros(0, np.bool_)
        self._models: dict[int, ClipModel] = {}
        self._resampling: dict[int, Resampling] = {}

    def __len__(self) -> int:
        return self._rows

    def ensure(self, rows: int) -> None:
        """Have state for at least so many microphones."""
        more = max(rows, 2 * len(self._states), _FIRST_CAPACITY) - len(self._states)
        if rows > len(self._states):
            first = len(self._states)
            self._states, self._tail, self._touched = (
                _longer(each, more) for each in (self._states, self._tail, self._touched)
            )
            self._states["constants"][first:] = self.tuning.constants
            self._sums = Sums(*(_longer(each, more) for each in self._sums))
            self._learned = judge.Learned(*(_longer(each, more) for each in self._learned))
        self._rows = max(self._rows, rows)

    def advance(self, batch: SoundBatch) -> SoundOutcome:
        """Take in audio frames in order of arrival; rows beyond `len(self)` get fresh state."""
        n = len(batch)
        if n:
            self.ensure(int(batch.row.max()) + 1)
        status, anchor_us, missing_us = np.zeros(n, np.uint8), np.zeros(n, np.int64), np.zeros(n, np.int64)
        lengths = np.array([len(each) for each in batch.samples], np.int64)
        arrivals = gather.Arrivals(
            batch.row, batch.offset, batch.ts_us, batch.seq, batch.rate_hz, batch.channels, lengths
        )
        gather.place_all(self._states, arrivals, status, anchor_us, missing_us)
        self._touched[batch.row[status != SKIPPED]] = True
        runs, features = self._hear(batch, status, missing_us)
        room = int(np.sum(np.diff(runs.feature_at)) * HOP_SAMPLES // self.tuning.hop_samples) + 2 * len(runs.row)
        room += int(len(runs.row) * FRAME_SAMPLES // self.tuning.hop_samples)
        looks, missing = Looks.of(room), np.zeros(room, np.int64)
        places = judge.Places(*(np.zeros(room, np.int64) for _ in range(4)))
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
        looks, places = looks.first(m), judge.Places(*(each[:m] for each in places))
        return self._judge(status, looks, places, missing[:m])

    def _hear(
        self, batch: SoundBatch, status: NDArray[np.uint8], missing_us: NDArray[np.int64]
    ) -> tuple[gather.Runs, NDArray[np.float32]]:
        """Return the runs of sound in a batch and the features of all frames that are complete now."""
        by_row: defaultdict[int, list[int]] = defaultdict(list)
        for i in np.flatnonzero(status >= NEXT).tolist():
            by_row[int(batch.row[i])].append(i)
        pieces: list[NDArray[np.float32]] = []
        first: list[NDArray[np.int64]] = []
        row_of, fresh, missing = [], [], []
        feature_at, frame_at, frame, after = [0], [0], [], []
        at = 0
        for row, positions in by_row.items():
            for run in _runs(positions, status):
                is_fresh = bool(status[run[0]] == BROKEN)
                heard = 0 if is_fresh else int(self._states["run_samples"][row])
                tail = int(0 if is_fresh else self._states["tail_samples"][row])
                sound = [self._tail[row, :tail].copy()]
                rate_hz = int(batch.rate_hz[run[0]])
                for i in run:
                    new = self._at_rate(row, rate_hz, batch.samples[i], i == run[0] and is_fresh)
                    sound.append(new)
                    heard += len(new)
                    after.append(heard)
                length = sum(map(len, sound))
                count = max((length - FRAME_SAMPLES) // HOP_SAMPLES + 1, 0)
                first.append(at + HOP_SAMPLES * np.arange(count))
                self._keep_tail(row, sound, length - HOP_SAMPLES * count)
                pieces += sound
                at += length
                row_of.append(row)
                fresh.append(is_fresh)
                missing.append(int(missing_us[run[0]]))
                frame += run
                frame_at.append(len(frame))
                feature_at.append(feature_at[-1] + count)
        runs = gather.Runs(
            np.array(row_of, np.int64),
            np.array(fresh, np.uint8),
            np.array(missing, np.int64),
            *(np.array(each, np.int64) for each in (feature_at, frame_at, frame, after)),
        )
        nothing = np.zeros(0, np.float32)
        begins = np.concatenate(first) if first else np.zeros(0, np.int64)
        return runs, frame_features(np.concatenate(pieces) if pieces else nothing, begins)

    def _at_rate(self, row: int, rate_hz: int, samples: NDArray[np.float32], is_fresh: bool) -> NDArray[np.float32]:
        """Return what the next samples are at the rate of the analysis."""
        if is_fresh:
            self._resampling.pop(row, None)
            made = resampling(rate_hz)
            if made is not None:
                self._resampling[row] = made
        by = self._resampling.get(row)
        return samples if by is None else by.advance(samples)

    def _keep_tail(self, row: int, sound: list[NDArray[np.float32]], samples: int) -> None:
        left = np.concatenate(sound)
        left = left[len(left) - samples :]
        self._tail[row] = 0.0
        self._tail[row, : len(left)] = left
        self._states["tail_samples"][row] = len(left)

    def _judge(
        self, status: NDArray[np.uint8], looks: Looks, places: judge.Places, missing_us: NDArray[np.int64]
    ) -> SoundOutcome:
        m = len(looks.row)
        free, level = profiles_and_levels(looks.clip)
        judged = judge.Judged.of(m)
        told = judge.Told(np.zeros(m, SOUND_TRANSITION), np.zeros(m, SOUND_HEALTH), np.array([0, 0, -1]))
        for row in np.unique(looks.row[self._states["is_learned"][looks.row] == 1]).tolist():
            self._score(row, np.flatnonzero((looks.row == row) & (looks.is_clip == 1)), free, judged)
        at = 0
        while at < m:
            at = judge.judge(
                self._states,
                self._learned,
                self._constants,
                looks.row,
                looks.rms,
                looks.clipped,
                looks.is_clip,
                looks.swing,
                looks.clip,
                free,
                level,
                missing_us,
                places,
                judged,
                at,
                told,
            )
            row = int(told.counts[judge.TO_FIT])
            if row >= 0:
                told.counts[judge.TO_FIT] = -1
                self._learn(row)
                rest = np.arange(at, m)
                self._score(row, rest[(looks.row[rest] == row) & (looks.is_clip[rest] == 1)], free, judged)
        return SoundOutcome(
            status,
            looks,
            places,
            judged,
            told.transitions[: told.counts[judge.TRANSITIONS]],
            told.changes[: told.counts[judge.CHANGES]],
        )

    def _learn(self, row: int) -> None:
        model = self._models[row] = self._fit(row)
        self._learned.usual[row], self._learned.scale[row] = model.baseline.mean, model.baseline.spread
        self._states["is_learned"][row] = 1

    def _fit(self, row: int) -> ClipModel:
        return fit_clip_model(self._learned.kept[row, : int(self._states["kept_rows"][row])])

    def _score(self, row: int, at: NDArray[np.int64], free: NDArray[np.float32], judged: judge.Judged) -> None:
        if not len(at):
            return
        if row not in self._models:
            self._models[row] = self._fit(row)
        judged.distance[at] = self._models[row].score(free[at])

    def changed(self) -> list[int]:
        """Return the rows whose state changed since the last call, ascending."""
        rows: list[int] = np.flatnonzero(self._touched[: self._rows]).tolist()
        self._touched[:] = False
        return rows

    def pack(self, row: int) -> bytes:
        """Return a microphone's state; it begins with the offset of the last record taken in."""
        return packing.pack(
            self._states[row], self._tail[row], self._sums, self._learned, self._resampling.get(row), row
        )

    def restore(self, row: int, packed: bytes) -> None:
        """Put back what `pack` gave; what was learned with other constants is learned anew.

        Raises BadDataError on bytes of another version or form.
        """
        self.ensure(row + 1)
        self._models.pop(row, None)
        self._resampling.pop(row, None)
        made = packing.unpack(packed, self.tuning, self._states, self._tail, self._sums, self._learned, row)
        if made is not None:
            self._resampling[row] = made

    @property
    def state_bytes(self) -> int:
        """Bytes of state in use."""
        arrays = (self._states, self._tail, *self._sums, *self._learned)
        return self._rows * sum(int(each[:1].nbytes) for each in arrays)


def _longer(array: NDArray, more: int) -> NDArray:  # type: ignore[type-arg]
    return np.concatenate([array, np.zeros((more, *array.shape[1:]), array.dtype)])


def _runs(positions: list[int], status: NDArray[np.uint8]) -> list[list[int]]:
    """Return the positions of a row cut where something is missing."""
    runs: list[list[int]] = []
    for i in positions:
        if not runs or status[i] == BROKEN:
            runs.append([])
        runs[-1].append(i)
    return runs
