"""What the drift watch is to know of labels, of alarms and of models: of each record, the messages of its log."""

from collections.abc import Iterator

import msgspec

from schemas.anomaly_record import ClearedRecord, decode
from schemas.drift_slot import Alarmed, InService, Labelled, Released, encode_message
from schemas.fault_label import NORMAL_LABELS, REPAIR_LABELS, read_label
from schemas.model_events import ModelPromoted, ModelRegistered, ModelRolledBack, decode_model_event
from schemas.model_names import CHAMPION, parse_model_name
from schemas.refusal import RefusedError
from schemas.times import parse_time


def heard_of_label(value: bytes, written_us: int) -> Iterator[bytes]:
    """Yield that a quarantine ends, and what is said of which time; raises RefusedError on what is no label."""
    label = read_label(value, written_us)
    if label.label in NORMAL_LABELS | REPAIR_LABELS:
        yield encode_message(Released(label.asset_id, label.label in REPAIR_LABELS))
    if (of := label.range) is not None:
        yield encode_message(Labelled(of.asset_id, of.sensor_id, of.label, of.start_us, of.end_us))


def heard_of_anomaly(value: bytes, written_us: int) -> Iterator[bytes]:
    """Yield the alarm of a trained model; raises RefusedError on what is no anomaly."""
    try:
        event = decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedError("wrong_shape", f"A message is no anomaly ({error}).") from None
    if event.kind == "pattern" and parse_model_name(event.model.name) is not None:
        end_us = parse_time(event.end_ts) if isinstance(event, ClearedRecord) else None
        alarmed = Alarmed(
            event.model.name,
            event.model.version,
            event.anomaly_id,
            event.asset_id,
            event.sensor_id,
            parse_time(event.start_ts),
            end_us,
        )
        yield encode_message(alarmed)


def heard_of_model(value: bytes, written_us: int) -> Iterator[bytes]:
    """Yield that a version became champion; other events, also of later releases, say nothing here."""
    event = decode_model_event(value)
    if isinstance(event, ModelPromoted | ModelRolledBack) or (
        isinstance(event, ModelRegistered) and event.alias == CHAMPION
    ):
        yield encode_message(InService(event.model, event.version, parse_time(event.ts)))
