"""An operator's word on a range of time, as far as training and drift need it: was it a fault?"""

from dataclasses import dataclass

import msgspec

from schemas.errors import BadDataError
from schemas.times import parse_time

FAULT_LABELS = frozenset({"fault", "true_alarm", "confirmed"})
"""Labels that say that a machine was faulty; all others leave a range as it is."""

NORMAL_LABELS = frozenset({"normal", "false_alarm"})
"""Labels that say that what an asset does is as it should be."""

REPAIR_LABELS = frozenset({"repaired"})
"""Labels that say that a fault was repaired."""

_END_OF_TIME_US = 2**62


@dataclass(frozen=True, slots=True)
class FaultRange:
    """A machine, or one sensor of it, was faulty from `start_us` to `end_us`."""

    asset_id: str
    sensor_id: str | None
    start_us: int
    end_us: int


class _Wire(msgspec.Struct):
    asset_id: str
    label: str
    start_ts: str
    end_ts: str | None = None
    sensor_id: str | None = None


_DECODER = msgspec.json.Decoder(_Wire)


def fault_range(message: bytes) -> FaultRange | None:
    """Return the faulty range that a message of the labels topic tells of, or None where it tells of none."""
    try:
        wire = _DECODER.decode(message)
        start_us = parse_time(wire.start_ts)
        end_us = _END_OF_TIME_US if wire.end_ts is None else parse_time(wire.end_ts)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
        return None
    return FaultRange(wire.asset_id, wire.sensor_id, start_us, end_us) if wire.label in FAULT_LABELS else None


class _Word(msgspec.Struct):
    asset_id: str
    label: str


_WORD_DECODER = msgspec.json.Decoder(_Word)


def asset_and_label(message: bytes) -> tuple[str, str]:
    """Return what a message of the labels topic says of which asset; raises BadDataError where it is no label."""
    try:
        word = _WORD_DECODER.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadDataError(f"A message is no label ({error}); give asset_id and label.") from None
    return word.asset_id, word.label
