"""A bank that goes on from its last checkpoint replays to the same state and events."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from models.series import SeriesBank
from models.series_outcome import Outcome
from models.tuning import Tuning
from tests.property.models.arrivals import arrivals, tunings
from tests.unit.models.driver import Arrivals, feed, state_of

Key = tuple[int, int]
"""Row, and page (-1: the hot record)."""


@dataclass
class Worker:
    """A bank with the records that it has stored, and the events that it has sent."""

    tuning: Tuning
    rows: int
    stored: dict[Key, bytes] = field(default_factory=dict)
    events: set[bytes] = field(default_factory=set)
    clock: bytes | None = None
    bank: SeriesBank = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin anew from what is stored."""
        self.bank = SeriesBank(self.tuning)
        self.bank.ensure(self.rows)
        if self.clock is not None:
            self.bank.restore_clock(self.clock)
        for row in range(self.rows):
            pages = {p: record for (r, p), record in self.stored.items() if r == row and p >= 0}
            self.bank.restore(row, self.stored.get((row, -1)), pages)

    def take(self, some: Arrivals) -> None:
        """Advance, and send what comes of it."""
        self.send(feed(self.bank, some), some)

    def send(self, outcome: Outcome, some: Arrivals) -> None:
        for t in outcome.transitions:
            t = t.copy()
            t["position"] = 0  # its place in the batch, not in the source
            self.events.add(t.tobytes())
        for change in outcome.health:
            change = change.copy()
            change["position"] = 0
            self.events.add(change.tobytes())
        for at in outcome.late:
            self.events.add(b"late %d %d %d" % (some.row[at], some.offset[at], some.index[at]))

    def checkpoint(self) -> None:
        """Store everything that changed."""
        packed = self.bank.packed_changes()
        self.stored |= dict(zip(((row, -1) for row in packed.rows), packed.hot, strict=True))
        self.stored |= dict(zip(zip(packed.page_rows, packed.pages, strict=True), packed.page_records, strict=True))
        self.clock = self.bank.pack_clock()
        self.bank.clear_dirty()


@settings(max_examples=60, deadline=None)
@given(arrivals(), tunings, st.lists(st.tuples(st.integers(1, 120), st.booleans()), min_size=1, max_size=6))
def test_replay_from_a_checkpoint_leads_to_the_same_state_and_events(
    all_of_them: Arrivals, tuning: Tuning, steps: list[tuple[int, bool]]
) -> None:
    rows = int(all_of_them.row.max()) + 1
    steady, shaken = Worker(tuning, rows), Worker(tuning, rows)
    steady.take(all_of_them)
    committed = 0
    for length, crashes in steps:
        at = min(committed + length, len(all_of_them))
        # A checkpoint falls between messages.
        while 0 < at < len(all_of_them) and all_of_them.offset[at] == all_of_them.offset[at - 1]:
            at += 1
        shaken.take(all_of_them[slice(committed, at)])
        if crashes:
            shaken.start()
        else:
            shaken.checkpoint()
            committed = at
    shaken.take(all_of_them[slice(committed, len(all_of_them))])
    assert state_of(shaken.bank) == state_of(steady.bank)
    assert shaken.bank.pack_clock() == steady.bank.pack_clock()
    assert shaken.events == steady.events


@settings(max_examples=20, deadline=None)
@given(arrivals(), tunings)
def test_what_is_restored_is_what_was_packed(all_of_them: Arrivals, tuning: Tuning) -> None:
    rows = int(all_of_them.row.max()) + 1
    worker = Worker(tuning, rows)
    worker.take(all_of_them)
    before = state_of(worker.bank)
    worker.checkpoint()
    worker.start()
    assert state_of(worker.bank) == before
    assert worker.bank.dirty().tolist() == []
    assert worker.bank.packed_changes().page_records == []
