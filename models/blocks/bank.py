"""The waveform sensors of one partition: their state in arrays, and the one way to move it forward."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrival import SKIPPED
from models.blocks import arrays, kernel, state
from models.blocks.asked import Asked
from models.blocks.columns import COLUMNS, DETECTORS, GROUP, IS_LOG, IS_RISE
from models.blocks.learning import learn_from
from models.blocks.machine_lines import MachineLines
from models.blocks.reference import BlockReference
from models.blocks.signs import SIGNS, read_signs
from models.blocks.state import BLOCK_STATE, KEPT_ROWS
from models.blocks.transition import BLOCK_TRANSITION
from models.blocks.tuning import BlockTuning
from models.blocks.vectors import block_vectors
from models.checkpoint import clock_of
from models.health import silence
from models.health.limits import Limits
from models.health.state import HEALTH_CHANGE, SILENT
from models.health.waveform_silence import alarm_us
from models.serving.of_type import ModelsOfType
from models.told import Told

_FIRST_CAPACITY = 64
# What one FFT call works on should stay in the processor's caches.
_SAMPLES_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True)
class BlockBatch:
    """n blocks in order of arrival: columns of length n; seq −1 and speed NaN: not known; `samples` float32 each."""

    row: NDArray[np.int64]
    offset: NDArray[np.int64]
    ts_us: NDArray[np.int64]
    seq: NDArray[np.int64]
    rate_hz: NDArray[np.float64]
    speed_rpm: NDArray[np.float64]
    samples: list[NDArray[np.float32]]
    unit: list[str | None]
    lines: list[MachineLines]

    def __len__(self) -> int:
        return len(self.row)

    def end_us(self) -> NDArray[np.int64]:
        """Return the times (n,) of the last samples."""
        lengths = np.array([len(block) - 1 for block in self.samples], np.float64)
        return self.ts_us + np.rint(lengths / self.rate_hz * 1e6).astype(np.int64)


@dataclass(frozen=True, slots=True)
class BlockOutcome:
    """What a batch of n brought; `transitions` (BLOCK_TRANSITION), `changes` (HEALTH_CHANGE) in order of their cause.

    `status` (n,) is that of models/blocks/order.py; `features` (n, columns); `score` (n,) is −log10 of a p-value and
    `detected` (n, detectors) what DETECTORS said, NaN where a block was not judged; `learned`, `open` and `health` (n,)
    say what held of its sensor after a block; `block` (n,) counts a sensor's blocks that came in order, from 0; −1 for
    others. `asked` is what trained models alone said.
    """

    transitions: NDArray[np.void]
    changes: NDArray[np.void]
    status: NDArray[np.uint8]
    features: NDArray[np.float64]
    score: NDArray[np.float64]
    learned: NDArray[np.uint8]
    open: NDArray[np.uint8]
    block: NDArray[np.int64]
    detected: NDArray[np.float64]
    health: NDArray[np.uint8]
    asked: Asked


class BlockBank:
    """State of `len(bank)` sensors, one row each, in the order of the caller's names.

    `limits` are those of samples, by their unit.
    """

    def __init__(self, tuning: BlockTuning | None = None, limits: Limits | None = None) -> None:
        self.tuning = tuning or BlockTuning()
        self._limits = limits or Limits()
        self._limit_table = self._limits.table()
        self._constants = self.tuning.record()
        self._rows = 0
        self._states = np.zeros(0, BLOCK_STATE)
        self._kept = np.zeros((0, KEPT_ROWS, len(COLUMNS) + 1), np.float32)
        self._touched = np.zeros(0, np.bool_)
        self._alarm = np.zeros(0, np.int64)
        self._clock = np.zeros(1, silence.CLOCK)
        self._z, self._detected = np.empty(len(COLUMNS)), np.empty(len(DETECTORS))
        self.types: list[ModelsOfType] = []
        self.names: Sequence[str] = ()

    def __len__(self) -> int:
        return self._rows

    def ensure(self, rows: int) -> None:
        """Have state for at least so many sensors."""
        more = max(rows, 2 * len(self._states), _FIRST_CAPACITY) - len(self._states)
        if rows > len(self._states):
            fresh = np.zeros(more, BLOCK_STATE)
            fresh["learn_blocks"], fresh["learn_us"] = self._constants["learn_blocks"], self._constants["learn_us"]
            self._states = np.concatenate([self._states, fresh])
            self._kept = np.concatenate([self._kept, np.zeros((more, *self._kept.shape[1:]), np.float32)])
            self._touched = np.concatenate([self._touched, np.zeros(more, np.bool_)])
            self._alarm = np.concatenate([self._alarm, np.full(more, silence.NEVER)])
        self._rows = max(self._rows, rows)

    def advance(
        self,
        batch: BlockBatch,
        types: NDArray[np.int64] | None = None,
        by_canary: NDArray[np.bool_] | None = None,
    ) -> BlockOutcome:
        """Take in blocks in order of arrival; rows beyond `len(self)` get fresh state.

        `types` (n,) are places in `self.types`; without them no trained model is asked. `by_canary` (n,) are those that
        the canary of their type judges.
        """
        n = len(batch)
        if n:
            self.ensure(int(batch.row.max()) + 1)
        new = np.flatnonzero((self._states["version"][batch.row] == 0) | self._is_after(batch))
        features = np.full((n, len(COLUMNS)), np.nan)
        for rows in _alike(batch, new):
            features[rows] = block_vectors(
                np.stack([batch.samples[i] for i in rows]),
                float(batch.rate_hz[rows[0]]),
                batch.unit[rows[0]],
                batch.speed_rpm[rows],
                [batch.lines[i] for i in rows],
            )
        signs = np.zeros((n, len(SIGNS)))
        for i in new.tolist():
            read_signs(batch.samples[i], signs[i])
        return self._judge(batch, features, signs, types, np.zeros(n, np.bool_) if by_canary is None else by_canary)

    def _is_after(self, batch: BlockBatch) -> NDArray[np.bool_]:
        return np.asarray(batch.offset > self._states["applied_offset"][batch.row], np.bool_)

    def _judge(
        self,
        batch: BlockBatch,
        features: NDArray[np.float64],
        signs: NDArray[np.float64],
        types: NDArray[np.int64] | None,
        by_canary: NDArray[np.bool_],
    ) -> BlockOutcome:
        n = len(batch)
        asked = Asked.of(n)
        blocks = arrays.Blocks(
            np.ascontiguousarray(batch.row, np.int64),
            np.ascontiguousarray(batch.offset, np.int64),
            np.ascontiguousarray(batch.ts_us, np.int64),
            batch.end_us(),
            np.ascontiguousarray(batch.seq, np.int64),
            np.ascontiguousarray(batch.rate_hz, np.float64),
            np.array([len(block) for block in batch.samples], np.int64),
            _logarithm(batch.speed_rpm),
            np.where(IS_LOG, _logarithm(features), features),
            signs,
            self._limit_table[[self._limits.number(unit) for unit in batch.unit]],
            asked.score,
            asked.p_value,
        )
        self._ask(asked, blocks, types, by_canary, np.arange(n))
        bank = arrays.Bank(
            self._states, self._kept, self._constants, GROUP, IS_LOG, IS_RISE, self._z, self._detected,
            self._touched, self._alarm[: self._rows], self._clock,
        )  # fmt: skip
        judged = arrays.Judged.of(n)
        # A block can end one anomaly of a sensor that learns and no more, and change its health once; then it can fall
        # silent, as can those that were heard before.
        told = Told.room(2 * n + self._rows, BLOCK_TRANSITION, HEALTH_CHANGE)
        at = 0
        while at < n:
            at = kernel.advance(bank, blocks, judged, at, told)
            row = told.take_fit()
            if row >= 0:
                learn_from(self._states, row, self._kept[row])
                judged.learned[at - 1] = 1
                self._ask(asked, blocks, types, by_canary, at + np.flatnonzero(blocks.row[at:] == row))
        self._touched[batch.row[judged.status != SKIPPED]] = True
        transitions, changes = told.written()
        return BlockOutcome(
            transitions=transitions, changes=changes, features=features, asked=asked, **judged._asdict()
        )

    def _ask(
        self,
        asked: Asked,
        blocks: arrays.Blocks,
        types: NDArray[np.int64] | None,
        by_canary: NDArray[np.bool_],
        places: NDArray[np.intp],
    ) -> None:
        """Ask the trained models of the blocks at `places`, by what their sensors have learned now."""
        if types is None or not self.types:
            return
        for number in np.unique(types[places]).tolist():
            at = places[types[places] == number]
            models = self.types[number]
            asked.ask(models, at, self._states, self.names, blocks.row, blocks.values, blocks.ln_speed, by_canary)

    def learned(self, rows: list[int]) -> BlockReference:
        """Return what the sensors `rows` have learned as a reference."""
        return BlockReference({self.names[row]: at for at, row in enumerate(rows)}, self._states[rows])

    def rebase(self, reference: BlockReference, rows: list[int]) -> None:
        """Have a reference take the place of what those of the sensors `rows` that it knows had learned."""
        for row in rows:
            if reference.give(self.names[row], self._states, row):
                self._touched[row] = True

    def changed(self) -> list[int]:
        """Return the rows whose state changed since the last call, ascending."""
        rows: list[int] = np.flatnonzero(self._touched[: self._rows]).tolist()
        self._touched[:] = False
        return rows

    def pack(self, row: int) -> bytes:
        """Return a sensor's state; it begins with the offset of the last record taken in."""
        return state.pack(self._states[row], self._kept[row])

    def restore(self, row: int, packed: bytes) -> None:
        """Put back what `pack` gave; what was learned with other constants is learned anew.

        Raises BadDataError on bytes of another version or form.
        """
        self.ensure(row + 1)
        state.unpack(packed, self.tuning, self._states, self._kept, row)
        restored = self._states[row]
        self._alarm[row] = alarm_us(restored, restored["blocks"], restored["health_state"] == SILENT)

    def pack_clock(self) -> bytes:
        """Return the record of the clock that all sensors share."""
        return self._clock.tobytes()

    def restore_clock(self, packed: bytes) -> None:
        """Put back what was packed of the clock; raises BadDataError on another length."""
        self._clock = clock_of(packed)

    @property
    def state_bytes(self) -> int:
        """Bytes of state in use."""
        return self._rows * (BLOCK_STATE.itemsize + int(self._kept[:1].nbytes))


def _alike(batch: BlockBatch, positions: NDArray[np.intp]) -> list[list[int]]:
    """Return the positions in groups of one length, rate and unit, each of a size that an FFT call likes."""
    groups: defaultdict[tuple[int, float, str | None], list[int]] = defaultdict(list)
    for i in positions.tolist():
        groups[len(batch.samples[i]), float(batch.rate_hz[i]), batch.unit[i]].append(i)
    pieces: list[list[int]] = []
    for (samples, _, _), group in groups.items():
        size = max(_SAMPLES_AT_ONCE // samples, 1)
        pieces += [group[start : start + size] for start in range(0, len(group), size)]
    return pieces


def _logarithm(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return natural logarithms; NaN where there is none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        logarithms = np.log(values)
    return np.where(np.isfinite(logarithms), logarithms, np.nan)
