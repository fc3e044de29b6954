"""Stored records that cannot be used are refused with one sentence; other constants learn anew."""

import numpy as np
import pytest

from models.detectors.novelty_memory import NoveltyLayout
from models.series import SeriesBank
from models.series_state import HOT, HOT_BYTES, PAGE_BYTES, STATE_VERSION
from models.series_view import describe
from models.tuning import Tuning
from schemas.errors import BadDataError
from tests.unit.models.driver import Arrivals, feed

SMALL = Tuning(learn_readings=60, novelty_memory=8)


def stored(tuning: Tuning = SMALL, n: int = 300) -> tuple[bytes, dict[int, bytes]]:
    bank = SeriesBank(tuning)
    feed(bank, Arrivals.every_second(np.random.default_rng(0).normal(size=n)))
    return bank.pack(0), {page: bank.pack_page(0, page) for page in bank.dirty_pages(0)}


def test_a_record_begins_with_its_applied_offset_and_stays_small() -> None:
    hot, pages = stored()
    assert int.from_bytes(hot[:8], "little", signed=True) == 299
    assert len(hot) == HOT_BYTES <= 2048
    assert {len(page) for page in pages.values()} <= {PAGE_BYTES, NoveltyLayout(8).page_bytes}


def test_an_unknown_version_is_named() -> None:
    hot, pages = stored()
    at = HOT.fields["version"][1] if HOT.fields else 0
    other = hot[:at] + b"\x63" + hot[at + 1 :]
    with pytest.raises(BadDataError, match=f"version 99, not {STATE_VERSION}"):
        SeriesBank(SMALL).restore(0, other, pages)


@pytest.mark.parametrize("length", [0, 8, HOT_BYTES - 1, HOT_BYTES + 1])
def test_a_hot_record_of_another_length_is_refused(length: int) -> None:
    hot, pages = stored()
    with pytest.raises(BadDataError, match="Stored series state"):
        SeriesBank(SMALL).restore(0, (hot + b"\0")[:length], pages)


def test_a_page_of_another_length_is_refused() -> None:
    hot, pages = stored()
    with pytest.raises(BadDataError, match="Stored page 6 has"):
        SeriesBank(SMALL).restore(0, hot, pages | {6: pages[6][:-1]})


def test_never_stored_means_never_seen() -> None:
    bank = SeriesBank(SMALL)
    bank.restore(3, None, {})
    assert len(bank) == 4
    assert describe(bank.pack(3))["readings"] == 0


@pytest.mark.parametrize("other", [Tuning(learn_readings=100, novelty_memory=8), Tuning(learn_readings=60)])
def test_other_constants_keep_the_place_in_time_and_learn_anew(other: Tuning) -> None:
    hot, pages = stored()
    bank = SeriesBank(other)
    bank.restore(0, hot, pages)
    seen = describe(bank.pack(0))
    assert (seen["applied_offset"], seen["learned"], seen["readings"]) == (299, 0, 0)
    readings = Arrivals.every_second(np.random.default_rng(1).normal(size=900))
    assert feed(bank, readings).skipped == 300
    assert describe(bank.pack(0))["learned"] > 300
    fresh = SeriesBank(other)
    feed(fresh, readings[slice(300, 900)])
    assert describe(fresh.pack(0))["features"] == describe(bank.pack(0))["features"]


def test_growing_keeps_what_was_there() -> None:
    bank = SeriesBank(SMALL)
    values = np.random.default_rng(0).normal(size=300)
    feed(bank, Arrivals.every_second(values))
    before = (bank.pack(0), [bank.pack_page(0, page) for page in bank.dirty_pages(0)])
    bank.ensure(5000)
    assert (bank.pack(0), [bank.pack_page(0, page) for page in bank.dirty_pages(0)]) == before
    assert len(bank) == 5000


def test_packing_in_bulk_is_packing_one_by_one() -> None:
    bank = SeriesBank(Tuning(grace_s=5.0, learn_readings=60))
    noise = np.random.default_rng(3)
    for start in (0, 400):
        n = 300
        arrive = np.arange(start, start + n)
        # Every tenth reading without its predecessor, so that the reorder buffer is in use as well.
        seq = np.where(arrive % 10 == 0, arrive + 1, arrive)
        bank.advance(
            (arrive % 3).astype(np.int32), arrive * 1_000_000, noise.normal(size=n), seq, arrive, np.zeros(n, np.int64)
        )
        packed = bank.packed_changes()
        assert packed.rows == bank.dirty().tolist() == [0, 1, 2]
        assert packed.hot == [bank.pack(row) for row in packed.rows]
        one_by_one = {(row, page): bank.pack_page(row, page) for row in packed.rows for page in bank.dirty_pages(row)}
        places = zip(packed.page_rows, packed.pages, strict=True)
        assert dict(zip(places, packed.page_records, strict=True)) == one_by_one
        assert one_by_one
        bank.clear_dirty()
