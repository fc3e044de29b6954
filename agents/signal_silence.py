"""Waveform sensors of one partition that fall silent: what each last said of itself, and the clock. Pure, no Kafka."""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from agents.health_events import block_detail, health_output
from agents.outputs import Output, SavedState, nth_of_each
from agents.state_keys import signal_clock_key, signal_meta_key
from models.health.state import STATES
from schemas.sensor_index import SensorMeta
from schemas.signal import SignalBlock

# Events of one block are numbered: those of its own sensor come first.
_NTH_FROM = 100


class SignalSilence:
    """What the sensors `names`, by row, last said of themselves; `clock` is the partition's clock as last stored."""

    def __init__(self, topic: str, partition: int, names: Sequence[str], saved: SavedState) -> None:
        self._topic, self._partition, self._names, self._saved = topic, partition, names, saved
        self.clock = saved.read(signal_clock_key(partition))
        self._meta: dict[int, SensorMeta] = {}
        self._said: set[int] = set()

    def tell(
        self,
        changes: NDArray[np.void],
        blocks: Sequence[SignalBlock],
        row: NDArray[np.int64],
        offset: NDArray[np.int64],
    ) -> Iterator[Output]:
        """Yield the events of HEALTH_CHANGE records of silent sensors; those of one moment in order of their names.

        `row` and `offset` (n,) are those of the n blocks.
        """
        order = sorted(changes, key=lambda change: (int(change["position"]), self._names[int(change["row"])]))
        for change, nth in zip(order, nth_of_each(int(change["position"]) for change in order), strict=True):
            at, silent = int(change["position"]), int(change["row"])
            earlier = np.flatnonzero(row[:at] == silent)
            yield health_output(
                change,
                topic=self._topic,
                partition=self._partition,
                sensor_id=self._names[silent],
                meta=meta_of(blocks[earlier[-1]]) if len(earlier) else self._said_before(silent),
                position=(int(offset[at]), 0, _NTH_FROM + nth),
                detail=block_detail(STATES[change["state"]], change),
            )

    def stored_meta(self, name: str) -> SensorMeta | None:
        """Return what a sensor had said of itself at the last checkpoint, None where it was not heard before."""
        stored = self._saved.read(signal_meta_key(name))
        return None if stored is None else msgspec.json.decode(stored, type=SensorMeta)

    def _said_before(self, row: int) -> SensorMeta:
        if row not in self._meta:
            stored = self._saved.read(signal_meta_key(self._names[row])) or b""
            self._meta[row] = msgspec.json.decode(stored, type=SensorMeta)
        return self._meta[row]

    def listen(self, blocks: Sequence[SignalBlock], row: NDArray[np.int64]) -> None:
        """Note what sensors say of themselves; to be called after `tell`."""
        for block, of in zip(blocks, row.tolist(), strict=True):
            meta = meta_of(block)
            if self._meta.get(of) != meta:
                self._meta[of] = meta
                self._said.add(of)

    def changes(self, clock: bytes) -> list[tuple[bytes, bytes]]:
        """Return the records that changed since the last call; `clock` is the present one."""
        said = [(signal_meta_key(self._names[row]), msgspec.json.encode(self._meta[row])) for row in sorted(self._said)]
        self._said.clear()
        changed = [(key, packed) for key, packed in said if packed != self._saved.read(key)]
        if clock != self.clock:
            self.clock = clock
            changed.append((signal_clock_key(self._partition), clock))
        return changed


def meta_of(block: SignalBlock) -> SensorMeta:
    """Return what a block says of its sensor."""
    return SensorMeta(block.asset_id, block.sensor_type, block.unit)
