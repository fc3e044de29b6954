"""Whatever bytes come as sound, they are a frame or have a reason, cost what a frame may, and touch no other."""

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.audio_frame import HIGHEST_RATE_HZ, LONGEST_FRAME_S, MOST_CHANNELS
from schemas.audio_message import decode_audio
from schemas.records import RecordColumns
from tests.e2e.sound import encoded

PCM = (np.random.default_rng(2).normal(size=(400, 2)) * 3_000).astype(np.int16)
SOUNDS = {encoding: encoded(PCM, encoding) for encoding in ("pcm16", "flac", "wav")}
TOLD = {"microphone_id": "m", "ts": 1_767_323_045, "rate_hz": 16_000, "channels": 2}
NOW_MS = 1_767_323_045_000

_edits = st.lists(st.tuples(st.integers(0, 10_000), st.binary(min_size=1, max_size=6), st.booleans()), max_size=4)


def _edited(content: bytes, edits: list[tuple[int, bytes, bool]]) -> bytes:
    for place, new, insert in edits:
        # The head is where lies are told.
        at = place % max(min(len(content), 64 if place % 3 else len(content)), 1)
        content = content[:at] + new + content[at + (0 if insert else len(new)) :]
    return content


@settings(max_examples=200, deadline=None)
@given(
    encoding=st.sampled_from(sorted(SOUNDS)),
    edits=_edits,
    cut=st.integers(0, 3_000),
    form=st.sampled_from(["headers", "msgpack", "json"]),
    edit_message=st.booleans(),
)
def test_any_bytes(
    encoding: str, edits: list[tuple[int, bytes, bool]], cut: int, form: str, edit_message: bool
) -> None:
    sound = SOUNDS[encoding]
    if not edit_message:
        sound = _edited(sound, edits)[: len(sound) + 64 - cut % 3_000]
    fields = TOLD | {"encoding": encoding}
    headers: list[tuple[str, bytes]] = []
    if form == "headers":
        message, headers = sound, [(name, str(value).encode()) for name, value in fields.items()]
    else:
        encode = msgspec.msgpack.encode if form == "msgpack" else msgspec.json.encode
        message = encode(fields | {"sound": sound})
    if edit_message:
        message = _edited(message, edits)
    good = msgspec.msgpack.encode(TOLD | {"encoding": "flac", "sound": SOUNDS["flac"]})
    rows: list[tuple[int, int, bytes | None, bytes | None]] = [
        (i, NOW_MS, b"k", value) for i, value in enumerate((good, message, good))
    ]
    frames, refused = decode_audio(RecordColumns.of("t", 0, rows, [[], headers, []]))
    assert [refusal.reason for refusal in refused if refusal.reason == "internal"] == []
    assert sorted([frame.record for frame in frames] + [refusal.record for refusal in refused]) == [0, 1, 2]
    assert {0, 2} <= {frame.record for frame in frames}
    for frame in frames:
        n, channels = frame.samples.shape
        assert 1 <= channels <= MOST_CHANNELS
        assert n <= LONGEST_FRAME_S * frame.rate_hz <= LONGEST_FRAME_S * HIGHEST_RATE_HZ
        assert np.isfinite(frame.samples).all()
