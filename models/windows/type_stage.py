"""The shared models of one sensor type, fed chunk by chunk: rows of a chunk are judged by what was learned before it.

So a row's judgement depends on how many rows of its type came before, never on how a batch was cut. Chunks are short
while little is known. The state is a snapshot of the models at every SNAPSHOT_CHUNKS-th chunk and the rows to learn of
each chunk since: learning them again leads to the same models.
"""

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.calibration.member_weights import MemberWeights
from models.detectors.type_models import DETECTORS as ONLINE_DETECTORS
from models.detectors.type_models import Judgement, TypeModels
from models.features.extractors import WINDOW_FEATURES
from models.serving.lanes import AnyReference
from models.serving.served_model import ServedModel
from models.windows.fleet import Fleet
from models.windows.joined import DETECTORS, join
from schemas.errors import BadDataError

CHUNK_ROWS = 64
SNAPSHOT_CHUNKS = 64
_GROWING = CHUNK_ROWS.bit_length() - 1
_HEAD = struct.Struct("<qqq")
SNAPSHOT = SNAPSHOT_CHUNKS
"""Number of the record that holds the snapshot; those below hold chunks."""

WEIGHTS, FLEET = SNAPSHOT + 1, SNAPSHOT + 2
"""Numbers of the records that hold the weights of the detectors, and what is normal for the fleet."""

RECORDS = FLEET + 1


def chunk_of(judged: int) -> int:
    """Return the chunk that the next row belongs to after `judged` rows; they grow 1, 1, 2, 4 … to CHUNK_ROWS."""
    return judged.bit_length() if judged < CHUNK_ROWS else _GROWING + judged // CHUNK_ROWS


def end_of(chunk: int) -> int:
    """Return how many rows have been judged at the end of a chunk."""
    return 1 << chunk if chunk <= _GROWING else (chunk - _GROWING + 1) * CHUNK_ROWS


class TypeStage:
    """Models of one type in one partition; `chunk` is the number of the present chunk.

    `champion` joins the judgement, `challenger` is asked beside it, and `canary` in the champion's place for a share of
    the assets; `normal` is what took the place of what sensors had learned when the champion came. All are put here by
    whoever keeps their state.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.models = TypeModels(WINDOW_FEATURES, zlib.crc32(name.encode()))
        self.champion: ServedModel | None = None
        self.challenger: ServedModel | None = None
        self.canary: ServedModel | None = None
        self.canary_share = 0.0
        self.normal: AnyReference | None = None
        self.weights = MemberWeights(len(DETECTORS))
        self.fleet = Fleet()
        self._judged = 0
        self._rows = np.empty((0, len(WINDOW_FEATURES)), np.float32)
        self._scores = np.empty((0, len(ONLINE_DETECTORS)))
        self._snapshot: tuple[int, bytes] | None = None
        self._log: dict[int, bytes] = {}
        self._changed: set[int] = set()

    @property
    def chunk(self) -> int:
        """Number of the present chunk."""
        return chunk_of(self._judged)

    @property
    def left(self) -> int:
        """Rows until the present chunk ends."""
        return end_of(self.chunk) - self._judged

    def judge(self, z: NDArray[np.float64], history: NDArray[np.float64] | None = None) -> Judgement:
        """Judge standardised rows (n, k); `history` (n, c + 1, k) are they with the rows before each."""
        rows = z if history is None else history
        return join(self.models.judge(z), self.champion, rows, self.weights.in_use)

    def judge_by_canary(self, z: NDArray[np.float64], rows: NDArray[np.float64]) -> Judgement:
        """Judge standardised rows with the canary, which sees them as `rows`, in the champion's place."""
        return join(self.models.judge(z), self.canary, rows, self.weights.in_use)

    def shadow(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the challenger's p-values (n,) of rows (n, k), or (n, c + 1, k); NaN where there is none."""
        if self.challenger is None:
            return np.full(len(rows), np.nan)
        return self.challenger.judge(rows, WINDOW_FEATURES)[1]

    @property
    def wants_context(self) -> bool:
        """Whether a model in service judges a row with those before it."""
        return any(model is not None and model.context_rows for model in (self.champion, self.challenger, self.canary))

    @property
    def wants_values(self) -> bool:
        """Whether one that is not champion sees those rows before by a reference of its own."""
        return any(
            model is not None and model.context_rows and model.reference for model in (self.challenger, self.canary)
        )

    def renew_champion(self) -> None:
        """Have a new champion weigh as much as the others do on average."""
        self.weights.renew(len(DETECTORS) - 1)
        self._changed.add(WEIGHTS)

    def note(
        self,
        z: NDArray[np.float64],
        learn: NDArray[np.bool_],
        p_values: NDArray[np.float64],
        is_open: NDArray[np.bool_],
        scores: NDArray[np.float64],
    ) -> None:
        """Count rows (n, k) of the present chunk, n at most `left`; those marked are learned at its end.

        `scores` (n, d) are what the detectors that learn said of them. From the next chunk on the detectors' weights
        follow from `p_values` (n, d + 1), NaN for what is not to count, and from whether an anomaly was open on a row's
        sensor.
        """
        self.weights.watch(p_values, is_open)
        self._changed |= {WEIGHTS, FLEET}
        chunk = self.chunk
        self._judged += len(z)
        self._rows = np.concatenate([self._rows, z[learn].astype(np.float32)])
        self._scores = np.concatenate([self._scores, scores[learn]])
        slot = chunk % SNAPSHOT_CHUNKS
        self._log[slot] = _HEAD.pack(chunk, self._judged, len(self._rows)) + self._rows.tobytes()
        self._changed.add(slot)
        if self._judged == end_of(chunk):
            self._learn()

    def _learn(self) -> None:
        if len(self._rows):
            # After a restart, what was said of the rows is not known; it would be the same.
            known = self._scores if len(self._scores) == len(self._rows) else None
            self.models.learn(self._rows.astype(np.float64), known)
        self._rows, self._scores = self._rows[:0], self._scores[:0]
        self.weights.settle()
        self.fleet.settle()
        if self.chunk % SNAPSHOT_CHUNKS == 0:
            self._snapshot = (self.chunk, self.models.pack())
            self._changed.add(SNAPSHOT)

    def packed_changes(self) -> Iterator[tuple[int, bytes]]:
        """Yield number and content of each record that changed since the last call."""
        for number in sorted(self._changed):
            if number < SNAPSHOT:
                yield number, self._log[number]
            elif number != SNAPSHOT:
                yield number, self.weights.pack() if number == WEIGHTS else self.fleet.pack()
            elif self._snapshot is not None:
                yield number, _HEAD.pack(self._snapshot[0], 0, 0) + self._snapshot[1]
        self._changed.clear()

    def restore(self, records: dict[int, bytes]) -> None:
        """Put back what was packed; raises BadDataError on records of another form."""
        begin = 0
        if SNAPSHOT in records:
            packed = records[SNAPSHOT]
            begin = _HEAD.unpack_from(packed)[0]
            self._snapshot = (begin, packed[_HEAD.size :])
            self.models = TypeModels.unpack(packed[_HEAD.size :], WINDOW_FEATURES)
            self._judged = end_of(begin - 1)
        chunks = {_HEAD.unpack_from(packed)[0]: packed for number, packed in records.items() if number < SNAPSHOT}
        self._log = {chunk % SNAPSHOT_CHUNKS: packed for chunk, packed in chunks.items()}
        for chunk in sorted(number for number in chunks if number >= begin):
            _, self._judged, count = _HEAD.unpack_from(chunks[chunk])
            rows = np.frombuffer(chunks[chunk], np.float32, offset=_HEAD.size)
            if len(rows) != count * len(WINDOW_FEATURES):
                raise BadDataError(
                    f"Stored rows of type {self.name!r} have {len(rows)} numbers, not {count} rows; "
                    "delete the state table to learn anew."
                )
            self._rows = rows.reshape(count, len(WINDOW_FEATURES))
            if self._judged == end_of(chunk):
                self._learn()
        # Last, since what is learned again must not move them.
        if WEIGHTS in records:
            self.weights.restore(records[WEIGHTS])
        if FLEET in records:
            self.fleet.restore(records[FLEET])
        self._changed.clear()

    @property
    def state_bytes(self) -> int:
        """Size of the packed state, in bytes."""
        return sum(map(len, self._log.values())) + (len(self._snapshot[1]) if self._snapshot else 0)
