"""The two steps of the drift watch: wherever a batch is cut and whenever it is saved and loaded, the same comes out."""

from itertools import zip_longest

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.drift import DriftPartition
from agents.drift_hearsay import heard_of_anomaly, heard_of_label, heard_of_model
from agents.drift_slots import DriftSlotsPartition
from agents.outputs import Output, PartitionProcessor
from agents.published import Published, pack_progress
from agents.state_keys import progress_key
from models.drift.tuning import DriftTuning
from schemas.drift import decode_drift
from schemas.records import RecordColumns
from schemas.topics import FEATURES
from tests.e2e.feature_blocks import SLOT_S, blocks
from tests.labelled_faults import cleared, label, promoted, raised

TUNING = DriftTuning(slot_s=SLOT_S, season_s=0.0, learn_slots=20, look_back_s=60.0)
RECORDS = [(n, 0, key.encode(), value) for n, (key, value) in enumerate([*blocks(0, 55, 0.0), *blocks(55, 62, 4.0)])]


class Saved(dict[bytes, bytes]):
    """State as a table gives it back."""

    def read(self, key: bytes) -> bytes | None:
        return self.get(key)


def slots(saved: Saved) -> PartitionProcessor:
    return DriftSlotsPartition(FEATURES, 0, "slots", TUNING.slot_us, saved)


def drift(saved: Saved) -> PartitionProcessor:
    return DriftPartition("slots", 0, TUNING, saved)


def run(make: object, source: str, records: list[tuple[int, int, bytes, bytes]], cuts: list[int]) -> list[Output]:
    """Process `records` in batches that end at `cuts`, through a save and a load, and some records again, at each."""
    saved, found = Saved(), list[Output]()
    for begin, end in zip([0, *cuts], [*cuts, len(records)], strict=True):
        step: PartitionProcessor = make(saved)  # type: ignore[operator]
        found += step.apply(RecordColumns.of(source, 0, records[max(begin - 3, 0) : end])).outputs
        saved.update(step.changes())
        saved[progress_key(source)] = pack_progress(max(end, begin) - 1, Published())
    return found


WHOLE = run(slots, FEATURES, RECORDS, [])
HEARD = [
    *heard_of_model(promoted("3"), 0),
    *(
        message
        for number in range(6)
        for read, value in (
            (heard_of_anomaly, raised(number, "3")),
            (heard_of_anomaly, cleared(number, "3")),
            (heard_of_label, label("fault" if number % 2 else "false_alarm", number)),
        )
        for message in read(value, 2**60)
    ),
]
# Labels and alarms among the slots, as topics come together.
MIXED = [*zip_longest([output.value for output in WHOLE], HEARD)]
CLOSED = [(n, 0, b"drift", value) for n, value in enumerate(one for both in MIXED for one in both if one)]
FOUND = run(drift, "slots", CLOSED, [])


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, len(RECORDS)), max_size=3).map(sorted))
def test_slots_do_not_depend_on_the_cut(cuts: list[int]) -> None:
    assert run(slots, FEATURES, RECORDS, cuts) == WHOLE


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, len(CLOSED)), max_size=3).map(sorted))
def test_findings_do_not_depend_on_the_cut(cuts: list[int]) -> None:
    assert [decode_drift(output.value).cause for output in FOUND] == ["performance_loss", "fleet_shift"]
    assert run(drift, "slots", CLOSED, cuts) == FOUND
