"""An operator's word on a range of time: was it a fault?"""

from dataclasses import dataclass

import msgspec

from schemas.refusal import RefusedError
from schemas.times import parse_time

FAULT_LABELS = frozenset({"fault", "true_alarm", "confirmed"})
"""Labels that say that a machine was faulty."""

NORMAL_LABELS = frozenset({"normal", "false_alarm"})
"""Labels that say that what an asset does is as it should be."""

REPAIR_LABELS = frozenset({"repaired"})
"""Labels that say that a fault was repaired."""

MOST_FUTURE_US = 300_000_000
"""A range that begins so much after the label was written is not believed: a clock is wrong."""

END_OF_TIME_US = 2**62
"""End of a range that is not over."""


@dataclass(frozen=True, slots=True)
class LabelledRange:
    """What a label says of a machine, or of one sensor of it, from `start_us` to `end_us`."""

    asset_id: str
    sensor_id: str | None
    label: str
    start_us: int
    end_us: int


class _Wire(msgspec.Struct):
    asset_id: str
    label: str
    start_ts: str | int | float | None = None
    end_ts: str | int | float | None = None
    sensor_id: str | None = None


_DECODER = msgspec.json.Decoder(_Wire)


@dataclass(frozen=True, slots=True)
class Label:
    """A label; a word that names no time, as `repaired`, has no range."""

    asset_id: str
    label: str
    range: LabelledRange | None


def read_label(message: bytes, written_us: int | None = None) -> Label:
    """Return the label in a message of the labels topic; raises RefusedError where it is none.

    One that begins long after `written_us`, the time of its message, is refused, too.
    """
    try:
        wire = _DECODER.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedError("wrong_shape", f"A message is no label ({error}); give asset_id and label.") from None
    if wire.start_ts is None:
        return Label(wire.asset_id, wire.label, None)
    try:
        start_us = parse_time(wire.start_ts)
        end_us = END_OF_TIME_US if wire.end_ts is None else parse_time(wire.end_ts)
    except ValueError as error:
        raise RefusedError("bad_time", f"A label names a time that is none: {error}.") from None
    if end_us < start_us:
        raise RefusedError("bad_time", "A label ends before it begins; exchange start_ts and end_ts.")
    if written_us is not None and start_us > written_us + MOST_FUTURE_US:
        ahead_s = (start_us - written_us) / 1e6
        raise RefusedError("future_time", f"A label begins {ahead_s:,.0f} s after it was written; correct the clock.")
    found = LabelledRange(wire.asset_id, wire.sensor_id, wire.label, start_us, end_us)
    return Label(wire.asset_id, wire.label, found)
