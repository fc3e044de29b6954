"""Up to which source offset the saved state of a partition was computed.

A checkpoint of a partition is all or nothing, so one offset holds for everything in it.
"""

from agents.outputs import SavedState
from agents.state_keys import progress_key
from schemas.records import RecordColumns


def applied_offset(saved: SavedState, source: str) -> int:
    """Return the last offset of `source` that is in the saved state, -1 where there is none."""
    packed = saved.read(progress_key(source))
    return -1 if packed is None else int.from_bytes(packed[:8], "little", signed=True)


def new_records(records: RecordColumns, applied: int) -> list[int]:
    """Return the places of the records after offset `applied`."""
    return [at for at, offset in enumerate(records.offset.tolist()) if offset > applied]
