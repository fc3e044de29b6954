"""Waveform sensors or microphones of one partition that fall silent: what each last said of itself, and the clock.

A piece is a block of a sensor, or a frame of a microphone. Pure, no Kafka.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from agents.health_events import health_output
from agents.outputs import Output, SavedState, nth_of_each
from agents.state_keys import Waveforms, waveform_clock_key, waveform_meta_key
from schemas.sensor_index import SensorMeta

Piece = TypeVar("Piece")

# Events of one piece are numbered: those of its own sensor come first.
_NTH_FROM = 100


class WaveformSilence(Generic[Piece]):
    """What the sensors `names`, by row, last said of themselves; `clock` is the partition's clock as last stored.

    `meta_of` gives what a piece says of its sensor, `detail_of` what a change of health says, as one phrase.
    """

    def __init__(
        self,
        lane: Waveforms,
        topic: str,
        partition: int,
        names: Sequence[str],
        saved: SavedState,
        meta_of: Callable[[Piece], SensorMeta],
        detail_of: Callable[[Any], str],
    ) -> None:
        self._lane, self._topic, self._partition, self._names, self._saved = lane, topic, partition, names, saved
        self._meta_of, self._detail_of = meta_of, detail_of
        self.clock = saved.read(waveform_clock_key(lane, partition))
        self._meta: dict[int, SensorMeta] = {}
        self._said: set[int] = set()

    def tell(
        self, changes: NDArray[np.void], pieces: Sequence[Piece], row: NDArray[np.int64], offset: NDArray[np.int64]
    ) -> Iterator[Output]:
        """Yield the events of changes of health of silent sensors; those of one moment in order of their names.

        `row` and `offset` (n,) are those of the n pieces. The piece at which it was missed names a change.
        """
        order = sorted(changes, key=lambda change: (int(change["position"]), self._names[int(change["row"])]))
        for change, nth in zip(order, nth_of_each(int(change["position"]) for change in order), strict=True):
            at, silent = int(change["position"]), int(change["row"])
            earlier = np.flatnonzero(row[:at] == silent)
            change["offset"], change["index"] = offset[at], -1 - nth
            yield health_output(
                change,
                topic=self._topic,
                partition=self._partition,
                sensor_id=self._names[silent],
                meta=self._meta_of(pieces[earlier[-1]]) if len(earlier) else self._said_before(silent),
                position=(int(offset[at]), 0, _NTH_FROM + nth),
                detail=self._detail_of(change),
            )

    def stored_meta(self, name: str) -> SensorMeta | None:
        """Return what a sensor had said of itself at the last checkpoint, None where it was not heard before."""
        stored = self._saved.read(waveform_meta_key(self._lane, name))
        return None if stored is None else msgspec.json.decode(stored, type=SensorMeta)

    def _said_before(self, row: int) -> SensorMeta:
        if row not in self._meta:
            stored = self._saved.read(waveform_meta_key(self._lane, self._names[row])) or b""
            self._meta[row] = msgspec.json.decode(stored, type=SensorMeta)
        return self._meta[row]

    def listen(self, pieces: Sequence[Piece], row: NDArray[np.int64]) -> None:
        """Note what sensors say of themselves; to be called after `tell`."""
        for piece, of in zip(pieces, row.tolist(), strict=True):
            meta = self._meta_of(piece)
            if self._meta.get(of) != meta:
                self._meta[of] = meta
                self._said.add(of)

    def changes(self, clock: bytes) -> list[tuple[bytes, bytes]]:
        """Return the records that changed since the last call; `clock` is the present one."""
        said = [
            (waveform_meta_key(self._lane, self._names[row]), msgspec.json.encode(self._meta[row]))
            for row in sorted(self._said)
        ]
        self._said.clear()
        changed = [(key, packed) for key, packed in said if packed != self._saved.read(key)]
        if clock != self.clock:
            self.clock = clock
            changed.append((waveform_clock_key(self._lane, self._partition), clock))
        return changed
