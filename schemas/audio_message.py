"""Audio frame messages to frames: the sound alone with Kafka headers, or msgpack or JSON with everything inside."""

from base64 import b64decode
from typing import Annotated, Any

import msgspec

from schemas.audio_frame import ENCODINGS, MOST_CHANNELS, AudioFrame, Encoding
from schemas.audio_sound import sound_samples
from schemas.message_batch import decode_each
from schemas.message_fields import (
    MAX_SEQ,
    MAX_TEXT_CHARS,
    NO_SEQ,
    Fields,
    check_size,
    default_asset_id,
    event_time,
    optional_text,
    refuse_type,
    required,
    required_text,
    sequence_number,
    type_name,
)
from schemas.records import RecordColumns
from schemas.refusal import Refusal, RefusedError
from schemas.signal_message import load_fields
from schemas.times import parse_time

_HEADERS = frozenset(("microphone_id", "asset_id", "ts", "rate_hz", "channels", "encoding", "sensor_type", "seq"))
_NUMBERS = frozenset(("rate_hz", "channels", "seq"))
_MOST_DIGITS = 20

_Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT_CHARS)]


class _Usual(msgspec.Struct):
    """A frame as nearly all come: a msgpack map in which everything is of its own type."""

    microphone_id: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT_CHARS)]
    ts: int | float | str
    encoding: Encoding
    sound: bytes
    rate_hz: int | None = None
    channels: Annotated[int, msgspec.Meta(ge=1, le=MOST_CHANNELS)] | None = None
    asset_id: _Text | None = None
    sensor_type: _Text | None = None
    seq: Annotated[int, msgspec.Meta(ge=0, le=MAX_SEQ)] | None = None


_USUAL = msgspec.msgpack.Decoder(_Usual)


def decode_audio(
    records: RecordColumns,
    *,
    max_message_bytes: int = 1_000_000,
    max_future_s: float = 300.0,
    require_asset_key: bool = False,
) -> tuple[list[AudioFrame], list[Refusal]]:
    """Return the frames of a batch and its refusals, in arrival order; a bad message leaves its neighbours alone."""

    def read(i: int, value: bytes | None) -> AudioFrame:
        told = _told_by_headers(records.headers(i))
        return read_audio(check_size(value, max_message_bytes), told, record=i)

    return decode_each(records, read, max_future_s, require_asset_key)


def read_audio(message: bytes, headers: Fields | None = None, record: int = 0) -> AudioFrame:
    """Return the frame in a message, whose `headers` tell of it or else it does itself; RefusedError with reason."""
    if headers:
        fields, sound = headers, message
    else:
        usual = _usual(message, record)
        if usual is not None:
            return usual
        fields = load_fields(message)
        if not isinstance(fields, dict):
            raise RefusedError("wrong_shape", f"an audio frame is an object, not {type_name(fields)}")
        sound = _sound(required(fields, "sound"))
    microphone_id = required_text(fields, "microphone_id")
    ts_us = event_time(fields)
    channels = _whole_number(fields, "channels")
    if channels is not None and not 1 <= channels <= MOST_CHANNELS:
        raise RefusedError("unsupported_format", f"{channels} channels, 1 to {MOST_CHANNELS} are taken")
    encoding = _encoding(fields)
    if not sound:
        raise RefusedError("empty", "the frame has no sound")
    samples, rate_hz = sound_samples(sound, encoding, _whole_number(fields, "rate_hz"), channels)
    return AudioFrame(
        record=record,
        microphone_id=microphone_id,
        asset_id=optional_text(fields, "asset_id") or default_asset_id(microphone_id),
        ts_us=ts_us,
        rate_hz=rate_hz,
        samples=samples,
        sensor_type=optional_text(fields, "sensor_type"),
        seq=sequence_number(fields),
    )


def _usual(message: bytes, record: int) -> AudioFrame | None:
    """Return the frame in a message of the usual form, None where it has to be looked at field by field."""
    try:
        told = _USUAL.decode(message)
        ts_us = parse_time(told.ts)
    except (msgspec.DecodeError, ValueError, TypeError, RecursionError):
        return None
    if not told.sound:
        return None
    samples, rate_hz = sound_samples(told.sound, told.encoding, told.rate_hz, told.channels)
    return AudioFrame(
        record=record,
        microphone_id=told.microphone_id,
        asset_id=told.asset_id or default_asset_id(told.microphone_id),
        ts_us=ts_us,
        rate_hz=rate_hz,
        samples=samples,
        sensor_type=told.sensor_type,
        seq=NO_SEQ if told.seq is None else told.seq,
    )


def _told_by_headers(headers: list[tuple[bytes, bytes | None]]) -> dict[str, Any]:
    """Return the fields that Kafka headers tell; empty where they tell none, and the message does it itself."""
    fields: dict[str, Any] = {}
    for name, value in headers:
        try:
            field = name.decode()
            if field not in _HEADERS or value is None:
                continue
            text = value.decode()
        except UnicodeDecodeError as error:
            raise RefusedError("not_utf8", f"a header is no UTF-8: {name[:40]!r}") from error
        fields[field] = _number(text) if field in _NUMBERS or (field == "ts" and "-" not in text) else text
    # A producer may put headers of its own beside a message that tells all itself.
    return fields if "encoding" in fields or "microphone_id" in fields else {}


def _number(text: str) -> int | float | str:
    """Return the number that a header spells; the text itself where it is none, to be refused by its name."""
    if len(text) <= _MOST_DIGITS and text.isascii() and text.isdigit():
        return int(text)
    try:
        return float(text)
    except ValueError:
        return text


def _encoding(fields: Fields) -> Encoding:
    told = required_text(fields, "encoding")
    for encoding in ENCODINGS:
        if told == encoding:
            return encoding
    raise RefusedError("unsupported_format", f"encoding {told[:40]!r} is none of {', '.join(ENCODINGS)}")


def _whole_number(fields: Fields, name: str) -> int | None:
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        refuse_type(name, "a whole number", value)
    return value


def _sound(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        refuse_type("sound", "bytes, or their base64", value)
    try:
        return b64decode(value, validate=True)
    except ValueError as error:
        raise RefusedError("wrong_type", "sound as text must be base64") from error
