"""Which records of a state changelog count: those of checkpoints that were written to their end.

A checkpoint of a partition is a run of records and, once these are acknowledged, its mark. So after a crash, recovery
takes a whole checkpoint or nothing of it. Every key has two slots in the changelog, and a record goes to the one that
does not hold the state that counts: no compaction can remove that state in favour of one whose mark never came.

Each record names its writer's epoch, larger with every recovery of the partition, and the number of its checkpoint.
The mark says with which number the epoch began. Records of earlier epochs count up to there: what a worker writes after
another took the partition over does no harm.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_HEAD = struct.Struct("<qqB")
_MARK = struct.Struct("<qqq")
_SLOTS = (b"\0", b"\1")
_VOID = 2
MARK_KEY = b"\0checkpoint"

ChangelogRecord = tuple[bytes, bytes]


class _Mark(NamedTuple):
    """End of the last whole checkpoint: its writer's epoch, its number, and the number the epoch began after."""

    epoch: int
    number: int
    began_after: int

    def covers(self, epoch: int, number: int) -> bool:
        """Tell whether a record with this stamp belongs to a whole checkpoint."""
        return number <= self.number if epoch == self.epoch else epoch < self.epoch and number <= self.began_after

    def may_cover_later(self, epoch: int, number: int) -> bool:
        """Tell whether the mark of such a record may still come."""
        return (epoch, number) > (self.epoch, self.number)


class CommittedState:
    """State of one partition as the last whole checkpoint left it.

    In the changelog a key ends with its slot, and a value begins with epoch, number and slot (17 bytes). Where a record
    does not count, the next checkpoint puts a void one on top of it; a plain tombstone would not tell whose it is.
    """

    def __init__(self) -> None:
        self._records: dict[bytes, bytes] = {}
        self._mark = _Mark(-1, 0, 0)
        self._last_epoch = -1
        self._pending: dict[bytes, list[bytes]] = {}
        self._orphans: set[bytes] = set()
        self._epoch: int | None = None
        self._began_after = 0
        self._begun: list[ChangelogRecord] = []

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._records)

    def read(self, key: bytes) -> bytes | None:
        """Return the state of `key`, or None."""
        record = self._records.get(key)
        return None if record is None else record[_HEAD.size :]

    def take(self, key: bytes, value: bytes | None) -> None:
        """Take in a record of the changelog, in its order there."""
        if key == MARK_KEY:
            if value is not None and len(value) == _MARK.size:
                self._take_mark(_Mark(*_MARK.unpack(value)))
        elif value is not None and len(value) >= _HEAD.size:
            self._last_epoch = max(self._last_epoch, _HEAD.unpack_from(value)[0])
            self._pending.setdefault(key, []).append(value)

    def _take_mark(self, mark: _Mark) -> None:
        self._last_epoch = max(self._last_epoch, mark.epoch)
        if mark[:2] > self._mark[:2]:
            self._mark = mark
        pending, self._pending = self._pending, {}
        for key, records in pending.items():
            for record in records:
                epoch, number, _ = _HEAD.unpack_from(record)
                if self._mark.covers(epoch, number):
                    self._keep(key, number, record)
                elif self._mark.may_cover_later(epoch, number):
                    self._pending.setdefault(key, []).append(record)
                else:
                    self._orphans.add(key)

    def _keep(self, key: bytes, number: int, record: bytes) -> None:
        kept = self._records.get(key[:-1])
        if record[_HEAD.size - 1] != _VOID and (kept is None or number >= _HEAD.unpack_from(kept)[1]):
            self._records[key[:-1]] = record
        # It lies behind any orphan in this slot.
        self._orphans.discard(key)

    def end_reading(self) -> None:
        """Note that the changelog was read: the next checkpoint begins a new epoch.

        A rebalance may have cut the reading off; so what has no mark by now may still get one.
        """
        self._epoch = None

    def begin(self, changes: Iterable[tuple[bytes, bytes]], now_ms: int) -> tuple[list[ChangelogRecord], bytes]:
        """Return the records of the next checkpoint and the value of the mark to write once they are acknowledged.

        `now_ms` keeps epochs apart even where an earlier writer has not written yet.
        """
        if self._epoch is None:
            # Whoever writes has read everything: what has no mark by now is never to count.
            self._orphans.update(self._pending)
            self._pending.clear()
            self._epoch = self._last_epoch = max(self._last_epoch + 1, now_ms)
            self._began_after = self._mark.number
        number = self._mark.number + 1
        heads = [_HEAD.pack(self._epoch, number, slot) for slot in range(2)]
        void = _HEAD.pack(self._epoch, number, _VOID)
        self._begun = [(key, self._repaired(key) or void) for key in sorted(self._orphans)]
        for key, value in changes:
            slot = 1 - self._slot(key)
            self._begun.append((key + _SLOTS[slot], heads[slot] + value))
        return self._begun, _MARK.pack(self._epoch, number, self._began_after)

    def _slot(self, key: bytes) -> int:
        record = self._records.get(key)
        return 1 if record is None else record[_HEAD.size - 1]

    def _repaired(self, key: bytes) -> bytes | None:
        """Return the record that counts where one that does not count lies on top of it."""
        kept = self._records.get(key[:-1])
        return kept if kept is not None and key[-1] == kept[_HEAD.size - 1] else None

    def commit(self) -> None:
        """Make the checkpoint begun last the one that counts: its mark is acknowledged."""
        assert self._epoch is not None
        self._mark = _Mark(self._epoch, self._mark.number + 1, self._began_after)
        self._orphans.clear()
        for key, record in self._begun:
            if record[_HEAD.size - 1] != _VOID:
                self._records[key[:-1]] = record
        self._begun = []
