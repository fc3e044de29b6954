"""A hash table in arrays, from the spelling of a sensor's name to its row, that kernels can read."""

import secrets
from typing import TypeVar

import numpy as np
from numba import int64, uint64
from numpy.typing import NDArray

from schemas.compiled import Word, compiled
from schemas.machine_words import PADDING_BYTES
from schemas.text_kernel import text_hash

T = TypeVar("T", bound=np.generic)

_FIRST_ENTRIES = 256
_FIRST_ARENA_BYTES = 16 * 1024


class SensorTable:
    """Open addressing with linear probing: `slots` (a power of two) holds entry numbers, -1 where free.

    At most half of the slots are taken. Per entry: `hashes`, `rows`, `starts` and `lengths` of its spelling in `arena`.
    """

    def __init__(self) -> None:
        # A secret seed, so that nobody can choose names that all fall into one slot.
        self.seed = np.uint64(secrets.randbits(64))
        self.slots = np.full(2 * _FIRST_ENTRIES, -1, np.int32)
        self.hashes = np.zeros(_FIRST_ENTRIES, np.uint64)
        self.rows = np.zeros(_FIRST_ENTRIES, np.int32)
        self.starts = np.zeros(_FIRST_ENTRIES, np.int64)
        self.lengths = np.zeros(_FIRST_ENTRIES, np.int32)
        self.arena = np.zeros(_FIRST_ARENA_BYTES, np.uint8)
        self._entries = 0
        self._arena_used = 0

    def extend(self, spellings: list[bytes], rows: list[int]) -> None:
        """Enter spellings that are not yet there, each with its row."""
        first, behind = self._entries, self._entries + len(spellings)
        added = np.frombuffer(b"".join(spellings), np.uint8)
        self._make_room(behind, self._arena_used + len(added))
        lengths = np.fromiter(map(len, spellings), np.int32, len(spellings))
        self.lengths[first:behind] = lengths
        self.starts[first:behind] = self._arena_used + np.cumsum(lengths, dtype=np.int64) - lengths
        self.rows[first:behind] = rows
        self.arena[self._arena_used : self._arena_used + len(added)] = added
        self._arena_used += len(added)
        self._entries = behind
        _enter(self.arena.ctypes.data, self.starts, self.lengths, self.seed, self.hashes, self.slots, first, behind)

    def _make_room(self, entries: int, arena_bytes: int) -> None:
        while arena_bytes + PADDING_BYTES > len(self.arena):
            self.arena = _doubled(self.arena)
        if entries <= len(self.hashes):
            return
        while entries > len(self.hashes):
            self.hashes, self.rows = _doubled(self.hashes), _doubled(self.rows)
            self.starts, self.lengths = _doubled(self.starts), _doubled(self.lengths)
        self.slots = np.full(2 * len(self.hashes), -1, np.int32)
        address = self.arena.ctypes.data
        _enter(address, self.starts, self.lengths, self.seed, self.hashes, self.slots, 0, self._entries)


def _doubled(column: NDArray[T]) -> NDArray[T]:
    return np.concatenate((column, np.zeros_like(column)))


@compiled
def _enter(
    arena: int,
    starts: NDArray[np.int64],
    lengths: NDArray[np.int32],
    seed: Word,
    hashes: NDArray[np.uint64],
    slots: NDArray[np.int32],
    first: int,
    behind: int,
) -> None:
    mask = uint64(len(slots) - 1)
    for entry in range(first, behind):
        hashes[entry] = text_hash(arena, starts[entry], int64(lengths[entry]), seed)
        slot = hashes[entry] & mask
        while slots[slot] >= 0:
            slot = (slot + uint64(1)) & mask
        slots[slot] = entry
