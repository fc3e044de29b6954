"""After a crash each record may be from the last checkpoint or the one before: replay leads to the same place."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.checkpoint import current, current_page
from models.series import Outcome, SeriesBank
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
    bank: SeriesBank = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin anew from what is stored."""
        self.bank = SeriesBank(self.tuning)
        self.bank.ensure(self.rows)
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

    def records(self) -> dict[Key, bytes]:
        """Pack everything that changed, as a checkpoint would write it."""
        changed: dict[Key, bytes] = {}
        for row in self.bank.dirty().tolist():
            changed[row, -1] = self.bank.pack(row)
            for page in self.bank.dirty_pages(row):
                changed[row, page] = self.bank.pack_page(row, page)
        return changed


@settings(max_examples=80, deadline=None)
@given(arrivals(), tunings, st.lists(st.tuples(st.integers(1, 120), st.booleans()), min_size=1, max_size=6), st.data())
def test_any_mix_of_two_checkpoints_replays_to_the_same_state_and_events(
    all_of_them: Arrivals, tuning: Tuning, steps: list[tuple[int, bool]], data: st.DataObject
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
        written = shaken.records()
        if crashes:
            survivors = data.draw(st.lists(st.booleans(), min_size=len(written), max_size=len(written)))
            shaken.stored |= {k: v for (k, v), there in zip(written.items(), survivors, strict=True) if there}
            shaken.start()
        else:
            shaken.stored |= written
            shaken.bank.clear_dirty()
            committed = at
    shaken.take(all_of_them[slice(committed, len(all_of_them))])
    assert state_of(shaken.bank) == state_of(steady.bank)
    assert shaken.events == steady.events


@settings(max_examples=20, deadline=None)
@given(arrivals(), tunings)
def test_what_is_restored_is_what_was_packed(all_of_them: Arrivals, tuning: Tuning) -> None:
    rows = int(all_of_them.row.max()) + 1
    worker = Worker(tuning, rows)
    worker.take(all_of_them)
    before = state_of(worker.bank)
    worker.stored = worker.records()
    worker.start()
    assert state_of(worker.bank) == before
    assert worker.bank.dirty().tolist() == []
    for (row, page), record in worker.stored.items():
        content = current(record) if page < 0 else current_page(record)
        again = worker.bank.pack(row) if page < 0 else worker.bank.pack_page(row, page)
        assert (current(again) if page < 0 else current_page(again)) == content


@pytest.mark.parametrize("page_first", [True, False])
def test_either_record_alone_falls_back_to_the_checkpoint_before(page_first: bool) -> None:
    # The case that a plain "newest record wins" gets wrong, without chance.
    tuning = Tuning(learn_readings=60, novelty_memory=8)
    readings = Arrivals.every_second(np.random.default_rng(0).normal(size=200))
    worker = Worker(tuning, 1)
    worker.take(readings[slice(0, 100)])
    worker.stored = worker.records()
    worker.bank.clear_dirty()
    at_first = state_of(worker.bank)
    worker.take(readings[slice(100, 200)])
    written = worker.records()
    assert any(page > 0 for _, page in written)
    worker.stored |= {key: record for key, record in written.items() if (key[1] >= 0) == page_first}
    worker.start()
    assert state_of(worker.bank) == at_first
