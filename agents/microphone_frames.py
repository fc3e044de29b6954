"""The frames of microphones in records: each channel heard or mixed, at a rate that can be brought to the analysis'."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from agents.options import AudioOptions
from models.sound.framing import RATE_HZ
from models.sound.resample import is_known_rate
from schemas.audio_frame import AudioFrame
from schemas.audio_message import decode_audio
from schemas.records import RecordColumns
from schemas.refusal import Refusal
from schemas.sensor_index import SensorMeta


def microphone_frames(records: RecordColumns, options: AudioOptions) -> tuple[list[AudioFrame], list[Refusal]]:
    """Return the frames in records, in their order, and the refusals of what is none.

    Where channels are kept there is one frame for each, of a microphone `…/ch1` and on.
    """
    heard, refused = decode_audio(
        records,
        max_message_bytes=options.max_message_bytes,
        max_future_s=options.max_future_s,
        require_asset_key=options.require_asset_key,
    )
    detail = f"sound of {{}} Hz cannot be brought to {RATE_HZ} Hz; send a usual rate"
    refused += [
        Refusal(frame.record, 0, "unsupported_format", detail.format(frame.rate_hz), records.value(frame.record))
        for frame in heard
        if not is_known_rate(frame.rate_hz)
    ]
    known = [frame for frame in heard if is_known_rate(frame.rate_hz)]
    return [each for frame in known for each in _of_channels(frame, options.keep_channels)], refused


def _of_channels(frame: AudioFrame, keep: bool) -> list[AudioFrame]:
    channels = frame.samples.shape[1]
    if not keep or channels == 1:
        return [frame]
    return [
        replace(frame, microphone_id=f"{frame.microphone_id}/ch{c + 1}", samples=frame.samples[:, c : c + 1], channel=c)
        for c in range(channels)
    ]


def mixed(frame: AudioFrame) -> NDArray[np.float32]:
    """Return the mean of the channels, added up in their order."""
    channels = frame.samples.shape[1]
    total = np.ascontiguousarray(frame.samples[:, 0])
    for c in range(1, channels):
        total = total + frame.samples[:, c]
    return total if channels == 1 else total * np.float32(1.0 / channels)


def meta_of(frame: AudioFrame) -> SensorMeta:
    """Return what a frame says of its microphone."""
    return SensorMeta(frame.asset_id, frame.sensor_type, None)
