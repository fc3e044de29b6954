"""Which records of a state changelog count: those of checkpoints that were written to their end.

A checkpoint of a partition is a run of records and, once these are acknowledged, its mark. So after a crash, recovery
takes a whole checkpoint or nothing of it. Every key has two slots in the changelog, and a record goes to the one that
does not hold the state that counts: no compaction can remove that state in favour of one whose mark never came.

Each record names its writer's epoch, larger with every recovery of the partition, and the number of its checkpoint.
The mark also names the checkpoint that its writer had read last. Records of earlier epochs count up to there, whatever
marks came in between: what a worker writes after another took the partition over does no harm.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from schemas.errors import BadDataError

_HEAD = struct.Struct("<qqB")
_MARK = struct.Struct("<qqqq")
_SLOTS = (b"\0", b"\1")
_VOID = 2
_NEVER = b""
MARK_KEY = b"\0checkpoint"

ChangelogRecord = tuple[bytes, bytes]


class _Stamp(NamedTuple):
    """Which checkpoint: of which epoch, with which number."""

    epoch: int
    number: int


_NONE = _Stamp(-1, 0)


class _Mark(NamedTuple):
    """End of the last whole checkpoint, and the one that its epoch began after."""

    end: _Stamp
    after: _Stamp

    def covers(self, stamp: _Stamp) -> bool:
        """Tell whether a record with this stamp belongs to a whole checkpoint."""
        return stamp <= (self.end if stamp.epoch == self.end.epoch else self.after)


class CommittedState:
    """State of one partition as the last whole checkpoint left it.

    In the changelog a key ends with its slot, and a value begins with epoch, number and slot (17 bytes). Where a record
    does not count, the next checkpoint puts a void one on top of it; a plain tombstone would not tell whose it is.
    """

    def __init__(self) -> None:
        self._records: dict[bytes, bytes] = {}
        # While reading: what counts if the record in the key's other slot turns out not to.
        self._before: dict[bytes, bytes] = {}
        self._wrote = False
        self._mark = _Mark(_NONE, _NONE)
        self._last_epoch = -1
        self._pending: dict[bytes, list[bytes]] = {}
        # Keys with their slot where a record that does not count lies on top.
        self._orphans: set[bytes] = set()
        self._epoch: int | None = None
        self._began_after = _NONE
        self._begun: list[ChangelogRecord] = []
        self._voided: set[bytes] = set()

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._records)

    def read(self, key: bytes) -> bytes | None:
        """Return the state of `key`, or None."""
        record = self._records.get(key)
        return None if record is None else record[_HEAD.size :]

    def take(self, key: bytes, value: bytes | None) -> None:
        """Take in a record of the changelog, in its order there.

        Raises BadDataError on a mark of another version, and RuntimeError where one shows that a checkpoint written
        here came too late: then all must be read anew.
        """
        if key == MARK_KEY:
            if value is None or len(value) != _MARK.size:
                raise BadDataError(
                    f"A checkpoint mark has {len(value or b'')} bytes instead of {_MARK.size}: another version wrote "
                    "it; give STREAM_APP_KAFKA__GROUP another name to begin with no state."
                )
            epoch, number, *after = _MARK.unpack(value)
            self._take_mark(_Mark(_Stamp(epoch, number), _Stamp(*after)))
        elif value is not None and len(value) >= _HEAD.size:
            epoch = _stamp(value).epoch
            self._last_epoch = max(self._last_epoch, epoch)
            # The writer of an earlier epoch had lost the partition.
            self._pending.setdefault(key, []).append(_NEVER if epoch < self._mark.end.epoch else value)

    def _take_mark(self, mark: _Mark) -> None:
        self._last_epoch = max(self._last_epoch, mark.end.epoch)
        taken_back: set[bytes] = set()
        if mark.end > self._mark.end:
            if not mark.covers(self._mark.end):
                taken_back = self._take_back(mark)
            self._mark = mark
        pending, self._pending = self._pending, {}
        for key, records in pending.items():
            counts, orphan, left = None, key in self._orphans, []
            for record in records:
                if record and _stamp(record) > self._mark.end:
                    # Its mark may still come.
                    left.append(record)
                    continue
                if record and self._mark.covers(_stamp(record)):
                    counts, orphan = record, False
                else:
                    orphan = True
                if left:
                    # Should that mark come, this record lies on top.
                    left.append(_NEVER)
            if left:
                self._pending[key] = left
            if counts is not None:
                self._keep(key, counts)
            (self._orphans.add if orphan else self._orphans.discard)(key)
        # They may lie on top of what has just been kept.
        self._orphans |= taken_back

    def _take_back(self, mark: _Mark) -> set[bytes]:
        """Drop what earlier writers completed after the writer of `mark` had read the changelog; return their keys."""
        if self._wrote:
            raise RuntimeError("another worker took the partition over before this one's last checkpoint was complete")
        taken_back: set[bytes] = set()
        for record_of in (self._before, self._records):
            for key in [k for k, record in record_of.items() if not mark.covers(_stamp(record))]:
                taken_back.add(key + _SLOTS[_slot(record_of.pop(key))])
        for key in self._before.keys() - self._records.keys():
            self._records[key] = self._before.pop(key)
        return taken_back

    def _keep(self, key: bytes, record: bytes) -> None:
        """Put a record that counts, or is void, into its key's slot."""
        name, slot = key[:-1], key[-1]
        both = [
            kept
            for kept in (self._records.pop(name, None), self._before.pop(name, None))
            if kept is not None and _slot(kept) != slot
        ]
        if _slot(record) != _VOID:
            both.append(record)
        if not both:
            return
        newest = max(both, key=_stamp)
        self._records[name] = newest
        if len(both) > 1:
            self._before[name] = both[0] if newest is both[1] else both[1]

    def end_reading(self) -> None:
        """Note that the changelog was read: the next checkpoint begins a new epoch.

        A rebalance may have cut the reading off; so what has no mark by now may still get one.
        """
        self._epoch = None

    def _begin_epoch(self, now_ms: int) -> None:
        if self._epoch is not None:
            return
        # Whoever writes has read everything: what has no mark by now is never to count.
        self._orphans.update(self._pending)
        self._pending.clear()
        self._before.clear()
        self._wrote = True
        self._epoch = self._last_epoch = max(self._last_epoch + 1, now_ms)
        self._began_after = self._mark.end

    def begin_rescue(self, now_ms: int) -> tuple[list[ChangelogRecord], bytes] | None:
        """Return a checkpoint that copies each state lying below a record that does not count, or None for nothing.

        Compaction may remove what lies below; so this must be complete before anything is put on top as well.
        """
        self._begin_epoch(now_ms)
        below = {key for key in self._orphans if self._holds(key)}
        if not below:
            return None
        return self._begin([(key[:-1], self._records[key[:-1]][_HEAD.size :]) for key in sorted(below)], below)

    def begin(self, changes: Iterable[tuple[bytes, bytes]], now_ms: int) -> tuple[list[ChangelogRecord], bytes]:
        """Return the records of the next checkpoint and the value of the mark to write once they are acknowledged.

        Comes after `begin_rescue`. `now_ms` keeps epochs apart even where an earlier writer has not written yet.
        """
        self._begin_epoch(now_ms)
        return self._begin(changes, set())

    def _begin(self, changes: Iterable[ChangelogRecord], keep: set[bytes]) -> tuple[list[ChangelogRecord], bytes]:
        """Begin a checkpoint of `changes` that puts a void on every orphan not in `keep`."""
        void = _HEAD.pack(self._epoch, self._mark.end.number + 1, _VOID)
        changed = [self._placed(key, value) for key, value in changes]
        self._voided = self._orphans - keep
        self._begun = [(key, void) for key in sorted(self._voided - {key for key, _ in changed})] + changed
        return self._begun, _MARK.pack(self._epoch, self._mark.end.number + 1, *self._began_after)

    def _placed(self, name: bytes, value: bytes) -> ChangelogRecord:
        """Return the record of a new state, in the slot that does not hold the one that counts."""
        kept = self._records.get(name)
        slot = 0 if kept is None else 1 - _slot(kept)
        return name + _SLOTS[slot], _HEAD.pack(self._epoch, self._mark.end.number + 1, slot) + value

    def _holds(self, key: bytes) -> bool:
        """Whether the state that counts lies in this slot."""
        kept = self._records.get(key[:-1])
        return kept is not None and key[-1] == _slot(kept)

    def commit(self) -> None:
        """Make the checkpoint begun last the one that counts: its mark is acknowledged."""
        assert self._epoch is not None
        self._mark = _Mark(_Stamp(self._epoch, self._mark.end.number + 1), self._began_after)
        self._orphans -= self._voided
        for key, record in self._begun:
            if _slot(record) != _VOID:
                self._records[key[:-1]] = record
                self._orphans.discard(key)
        self._begun = []


def _slot(record: bytes) -> int:
    return record[_HEAD.size - 1]


def _stamp(record: bytes) -> _Stamp:
    return _Stamp(*_HEAD.unpack_from(record)[:2])
