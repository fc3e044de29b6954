"""What is kept of a sensor stays small, with everything that can be learned of it and of its asset."""

from collections import Counter

import numpy as np
import pytest

from agents.options import ReadingsOptions
from agents.readings import ReadingsPartition
from models.assets.state import HEAD_BYTES, SLOT_BYTES
from models.regimes import joint_state
from models.series import SeriesBank
from models.series_state import HELD_PAGE, NOVELTY_PAGE, PAGE_BYTES, REGIME_PAGE
from models.tuning import Tuning
from models.windows.sensor_state import SENSOR
from schemas.records import RecordColumns
from schemas.topics import READINGS

TYPES = ("temperature", "vibration", "pressure", "speed")
SHARED = (b"\0clock:", b"\0type:")
"""Records that belong to no sensor or asset: of the partition, and of its sensor types."""


def machine(ticks: int) -> RecordColumns:
    """Four wandering sensors of one asset, one of them its speed in two modes, at one reading in ten minutes."""
    random = np.random.default_rng(1)
    walks = np.cumsum(random.normal(size=(ticks, len(TYPES))), axis=0)
    walks[:, -1] = np.where(np.arange(ticks) // 150 % 2, 900.0, 1500.0) + random.normal(size=ticks)
    records: list[tuple[int, int, bytes | None, bytes | None]] = []
    for tick, values in enumerate(walks.tolist()):
        for kind, value in zip(TYPES, values, strict=True):
            text = '{"sensor_id":"m/%s","ts":%d,"value":%.3f,"sensor_type":"%s","unit":"x","seq":%d}'
            message = text % (kind, 1_700_000_000 + 600 * tick, value, kind, tick)
            records.append((len(records), 1_800_000_000_000, b"m", message.encode()))
    return RecordColumns.of(READINGS, 0, records)


@pytest.mark.parametrize(("profile", "most_bytes", "novelty_pages"), [("full", 24_576, 25), ("light", 4_096, 1)])
def test_a_sensor_that_learned_everything_keeps_to_its_profile(
    profile: str, most_bytes: int, novelty_pages: int
) -> None:
    tuning = Tuning.of_profile(profile, learn_readings=60)
    partition = ReadingsPartition(READINGS, 0, ReadingsOptions(tuning=tuning))
    partition.apply(machine(3000))
    records = {key: record for key, record in partition.changes() if not key.startswith(SHARED)}
    kinds = Counter(key[:6] if key.startswith(b"\0") else b"hot" for key in records)
    # Three sensors have a baseline in each mode; all have windows, and what they said of themselves.
    assert kinds[b"hot"] == kinds[b"\0windo"] == kinds[b"\0meta:"] == len(TYPES)
    assert kinds[b"\0relat"] == kinds[b"\0mode:"] == kinds[b"\0senso"] == 1
    pages = Counter(key[6] for key in records if key.startswith(b"\0page:"))
    assert pages[REGIME_PAGE] == len(TYPES)
    assert sum(page >= NOVELTY_PAGE for page in pages) >= novelty_pages
    assert sum(map(len, records.values())) <= most_bytes * len(TYPES)
    shared = sum(stage.state_bytes for stage in partition.windows.bank.types)
    assert partition.state_bytes - shared <= sum(map(len, records.values()))


@pytest.mark.parametrize(("profile", "most_bytes"), [("full", 24_576), ("light", 4_096)])
def test_no_sensor_can_grow_beyond_its_profile(profile: str, most_bytes: int) -> None:
    bank = SeriesBank(Tuning.of_profile(profile))
    bank.ensure(1)
    pages = {page: len(bank.pack_page(0, page)) for page in bank.page_numbers}
    # Readings that wait to be put in order are passing through; they are not what is kept.
    waiting = pages.pop(HELD_PAGE)
    # Assets have four sensors or more, as a rule.
    relation = HEAD_BYTES // len(TYPES) + SLOT_BYTES
    modes = joint_state.HEAD_BYTES // len(TYPES) + joint_state.SLOT_BYTES
    assert len(bank.pack(0)) + SENSOR.itemsize + relation + modes + sum(pages.values()) <= most_bytes
    assert waiting == PAGE_BYTES
