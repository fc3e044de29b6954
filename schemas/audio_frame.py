"""The audio frame: a piece of a microphone's sound, as the public sees it and as columns."""

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from schemas.message_fields import MAX_SEQ
from schemas.wire_types import Name, Text, Time

Encoding = Literal["pcm16", "flac", "wav"]
ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)

LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 4_000, 192_000
MOST_CHANNELS = 8
SHORTEST_FRAME_S, LONGEST_FRAME_S = 0.01, 10.0

_SOUND = {"type": "string", "contentEncoding": "base64", "description": "the sound in `encoding`; raw bytes in msgpack"}


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """One valid frame: `samples` (n, channels) are finite float32, full scale is 1; `ts_us` is the first one's time.

    `seq` -1 is none. `record` is the position of its message in the batch. `channel` is which one this is of a message
    whose channels were taken apart.
    """

    record: int
    microphone_id: str
    asset_id: str
    ts_us: int
    rate_hz: int
    samples: NDArray[np.float32]
    sensor_type: str | None
    seq: int
    channel: int = 0


class AudioFrameModel(BaseModel):
    """A piece of a microphone's sound from `ts` on, 10 ms to 10 s of it. `sound` holds its bytes, in JSON as base64.

    `pcm16` is interleaved, little-endian. FLAC and WAV tell rate and channels themselves: what is said here must agree.
    Or the message is the sound alone, and the other fields are Kafka headers of the same names.
    """

    model_config = ConfigDict(frozen=True, strict=True)

    microphone_id: Name
    ts: Time
    encoding: Encoding
    sound: Annotated[str | bytes, WithJsonSchema(_SOUND)]
    rate_hz: Annotated[int, Field(ge=LOWEST_RATE_HZ, le=HIGHEST_RATE_HZ)] | None = None
    channels: Annotated[int, Field(ge=1, le=MOST_CHANNELS)] | None = None
    asset_id: Text | None = None
    sensor_type: Text | None = None
    seq: Annotated[int, Field(ge=0, le=MAX_SEQ)] | None = None
