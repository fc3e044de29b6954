"""Audio frames in three forms and three encodings, and every reason that one is refused for."""

import json
from base64 import b64encode
from typing import Any

import msgspec
import numpy as np
import pytest
from pydantic import ValidationError

from schemas.audio_frame import AudioFrame, AudioFrameModel
from schemas.audio_message import decode_audio
from schemas.records import RecordColumns
from tests.e2e.sound import encoded

NOW_MS = 1_767_323_045_000
PCM = (np.random.default_rng(1).normal(size=800) * 3_000).astype(np.int16)
STEREO = np.stack([PCM, PCM[::-1]], axis=1)
FIELDS: dict[str, Any] = {"microphone_id": "fan/m", "ts": 1_767_323_045, "rate_hz": 16_000, "encoding": "pcm16"}
GOOD = msgspec.msgpack.encode(FIELDS | {"sound": PCM.tobytes()})

Headers = list[tuple[str, bytes]]


def _headers(fields: dict[str, Any]) -> Headers:
    return [(name, str(value).encode()) for name, value in fields.items() if value is not None]


def _one(message: bytes | None, headers: Headers | None = None, **options: Any) -> AudioFrame | tuple[str, str]:
    """Return what comes of a message between two good ones, which it leaves alone."""
    rows: list[tuple[int, int, bytes | None, bytes | None]] = [
        (i, NOW_MS, b"fan", value) for i, value in enumerate((GOOD, message, GOOD))
    ]
    frames, refused = decode_audio(RecordColumns.of("t", 0, rows, [[], headers or [], []]), **options)
    assert [frame.record for frame in frames if frame.record != 1] == [0, 2]
    if refused:
        assert [(refusal.record, refusal.index, refusal.value) for refusal in refused] == [(1, 0, message)]
        return refused[0].reason, refused[0].detail
    return next(frame for frame in frames if frame.record == 1)


@pytest.mark.parametrize("encoding", ["pcm16", "flac", "wav"])
@pytest.mark.parametrize("pcm", [PCM, STEREO])
@pytest.mark.parametrize("form", ["headers", "msgpack", "json"])
def test_the_same_sound_in_every_form(encoding: str, pcm: np.ndarray, form: str) -> None:
    channels = 1 if pcm.ndim == 1 else 2
    fields = FIELDS | {"encoding": encoding, "channels": channels, "seq": 7, "asset_id": "a", "sensor_type": "fan"}
    sound = encoded(pcm, encoding)
    if form == "headers":
        frame = _one(sound, [*_headers(fields), ("traceparent", b"\xff")])
    else:
        # msgspec writes bytes as base64 in JSON.
        encode = msgspec.msgpack.encode if form == "msgpack" else msgspec.json.encode
        frame = _one(encode(fields | {"sound": sound, "more": {"a": 1}}), [("traceparent", b"x")])
    assert isinstance(frame, AudioFrame)
    assert (frame.microphone_id, frame.asset_id, frame.sensor_type, frame.seq) == ("fan/m", "a", "fan", 7)
    assert (frame.ts_us, frame.rate_hz, str(frame.samples.dtype)) == (NOW_MS * 1000, 16_000, "float32")
    np.testing.assert_array_equal(frame.samples * 32_768, pcm.reshape(-1, channels))


@pytest.mark.parametrize("ts", ["2026-01-02T03:04:05Z", "1767323045", "1767323045000", "1767323045.0"])
def test_times_in_headers(ts: str) -> None:
    frame = _one(PCM.tobytes(), _headers(FIELDS | {"ts": ts}))
    assert isinstance(frame, AudioFrame)
    assert (frame.ts_us, frame.asset_id, frame.seq) == (NOW_MS * 1000, "fan", -1)


def test_containers_tell_rate_and_channels_themselves() -> None:
    for encoding in ("flac", "wav"):
        told = {"microphone_id": "m", "ts": 1_767_323_045, "encoding": encoding}
        frame = _one(encoded(STEREO, encoding, 48_000), _headers(told))
        assert isinstance(frame, AudioFrame)
        assert (frame.rate_hz, frame.samples.shape) == (48_000, (800, 2))


FLAC, WAV = encoded(PCM, "flac"), encoded(PCM, "wav")


def _flac_that_says(samples: int) -> bytes:
    head = int.from_bytes(FLAC[18:26], "big") & ~0xF_FFFF_FFFF | samples
    return FLAC[:18] + head.to_bytes(8, "big") + FLAC[26:]


def _wav_that_says(at: int, *more: int) -> bytes:
    return WAV[:at] + bytes(more) + WAV[at + len(more) :]


@pytest.mark.parametrize(
    ("sound", "change", "reason", "word"),
    [
        (b"", {}, "empty", "no value"),
        (b"x" * 200_001, {}, "too_large", "200001"),
        (PCM.tobytes(), {"microphone_id": None}, "missing_field", "microphone_id"),
        (PCM.tobytes(), {"ts": None}, "missing_field", "ts"),
        (PCM.tobytes(), {"rate_hz": None}, "missing_field", "rate_hz"),
        (PCM.tobytes(), {"encoding": None}, "missing_field", "encoding"),
        (PCM.tobytes(), {"ts": "noon"}, "bad_time", "noon"),
        (PCM.tobytes(), {"ts": 1_767_423_045}, "future_time", "after its message"),
        (PCM.tobytes(), {"rate_hz": "fast"}, "wrong_type", "rate_hz"),
        (PCM.tobytes(), {"rate_hz": 1}, "unsupported_format", "4000"),
        (PCM.tobytes(), {"rate_hz": 10**9}, "unsupported_format", "192000"),
        (PCM.tobytes(), {"rate_hz": -5}, "unsupported_format", "4000"),
        (PCM.tobytes(), {"channels": 0}, "unsupported_format", "0 channels"),
        (PCM.tobytes(), {"channels": 10**12}, "unsupported_format", "channels"),
        (PCM.tobytes(), {"seq": "x"}, "wrong_type", "seq"),
        (PCM.tobytes(), {"encoding": "mp3"}, "unsupported_format", "mp3"),
        (PCM.tobytes()[:-1], {}, "wrong_shape", "1599 bytes"),
        (PCM.tobytes()[:318], {}, "wrong_shape", "at least 10 ms"),
        (bytes(100_000), {"rate_hz": 4_000}, "too_large", "at most 10 s"),
        (WAV, {}, "wrong_shape", "wav file"),
        (FLAC, {}, "wrong_shape", "flac file"),
        (FLAC, {"encoding": "wav"}, "unsupported_format", "none"),
        (b"OggS" + bytes(900), {"encoding": "flac"}, "unsupported_format", "none"),
        (FLAC[:30], {"encoding": "flac"}, "wrong_shape", "cut off"),
        (FLAC[: len(FLAC) // 2], {"encoding": "flac"}, "wrong_shape", "flac"),
        (FLAC[:60] + bytes(len(FLAC) - 60), {"encoding": "flac"}, "wrong_shape", "flac"),
        (FLAC, {"encoding": "flac", "rate_hz": 48_000}, "wrong_shape", "48000"),
        (FLAC, {"encoding": "flac", "channels": 2}, "wrong_shape", "channels says 2"),
        (_flac_that_says(0), {"encoding": "flac"}, "wrong_shape", "does not say"),
        (_flac_that_says(2**36 - 1), {"encoding": "flac"}, "too_large", "at most 10 s"),
        (_flac_that_says(1_600), {"encoding": "flac"}, "wrong_shape", "flac"),
        (_flac_that_says(400), {"encoding": "flac"}, "wrong_shape", "flac"),
        (WAV[:-2], {"encoding": "wav"}, "wrong_shape", "1598 are there"),
        (WAV[:30], {"encoding": "wav"}, "wrong_shape", "cut off"),
        (WAV[:38], {"encoding": "wav"}, "wrong_shape", "no data"),
        (_wav_that_says(40, 0xFF, 0xFF, 0xFF, 0xFF), {"encoding": "wav"}, "wrong_shape", "says 4294967295"),
        (_wav_that_says(20, 2), {"encoding": "wav"}, "unsupported_format", "format 2"),
        (_wav_that_says(32, 7), {"encoding": "wav"}, "wrong_shape", "7 bytes a frame"),
        (_wav_that_says(24, 0, 0, 0, 0), {"encoding": "wav"}, "wrong_shape", "rate_hz"),
    ],
)
def test_what_is_refused_and_why(sound: bytes, change: dict[str, Any], reason: str, word: str) -> None:
    outcome = _one(sound, _headers(FIELDS | change), max_message_bytes=200_000)
    assert isinstance(outcome, tuple)
    assert outcome[0] == reason
    assert word in outcome[1]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (None, "empty"),
        (b"\xc1", "not_msgpack"),
        (b"{", "not_json"),
        (b"\xff\xfe", "not_msgpack"),
        (b"[1]", "wrong_shape"),
        (msgspec.json.encode(FIELDS), "missing_field"),
        (msgspec.json.encode(FIELDS | {"sound": [1, 2]}), "wrong_type"),
        (msgspec.json.encode(FIELDS | {"sound": "not base64!"}), "wrong_type"),
        (msgspec.json.encode(FIELDS | {"sound": ""}), "empty"),
        (msgspec.msgpack.encode(FIELDS | {"sound": PCM.tobytes(), "channels": True}), "wrong_type"),
        (msgspec.msgpack.encode(FIELDS | {"sound": PCM.tobytes(), "rate_hz": 16_000.5}), "wrong_type"),
    ],
)
def test_what_is_refused_of_whole_messages(message: bytes | None, reason: str) -> None:
    outcome = _one(message)
    assert isinstance(outcome, tuple)
    assert outcome[0] == reason


def test_headers_that_are_no_text() -> None:
    outcome = _one(PCM.tobytes(), [*_headers(FIELDS | {"microphone_id": None}), ("microphone_id", b"\xff")])
    assert isinstance(outcome, tuple)
    assert outcome[0] == "not_utf8"


def test_a_key_that_is_another_asset() -> None:
    outcome = _one(PCM.tobytes(), _headers(FIELDS | {"asset_id": "pump"}), require_asset_key=True)
    assert isinstance(outcome, tuple)
    assert outcome[0] == "key_mismatch"


def test_the_public_model_takes_what_the_decoder_takes() -> None:
    fields = FIELDS | {"sound": b64encode(PCM.tobytes()).decode()}
    assert AudioFrameModel.model_validate_json(json.dumps(fields)).ts == NOW_MS * 1000
    with pytest.raises(ValidationError):
        AudioFrameModel.model_validate_json(json.dumps(fields | {"encoding": "mp3"}))
