"""The signal block: a piece of a waveform, as the public sees it and as columns."""

from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from schemas.message_fields import MAX_SEQ
from schemas.refusal import RefusedError
from schemas.signal_samples import float_samples
from schemas.wire_types import Finite, Name, Text, Time

_BASE64 = {"type": "string", "contentEncoding": "base64", "description": "samples as `dtype`, little-endian"}


@dataclass(frozen=True, slots=True)
class SignalBlock:
    """One valid block: `samples` are finite float32, at least one; `ts_us` is the time of the first; `seq` -1 is none.

    `speed_rpm` is the shaft's, NaN where not told. `record` is the position of its message in the batch.
    """

    record: int
    sensor_id: str
    asset_id: str
    ts_us: int
    rate_hz: float
    samples: NDArray[np.float32]
    unit: str | None
    seq: int
    speed_rpm: float
    sensor_type: str | None = None


class SignalBlockModel(BaseModel):
    """A piece of a waveform, sampled evenly from `ts` on. In msgpack `samples` may be raw bytes, in JSON their base64.

    Bytes hold little-endian `dtype` numbers; every sample is multiplied by `scale`. `speed_rpm` is how fast the shaft
    turned meanwhile, for machines whose speed changes.
    """

    model_config = ConfigDict(frozen=True, strict=True)

    sensor_id: Name
    ts: Time
    rate_hz: Annotated[Finite, Field(gt=0)]
    samples: Annotated[list[Finite], Field(min_length=1)] | Annotated[str | bytes, WithJsonSchema(_BASE64)]
    dtype: Literal["f4", "i2"] | None = None
    scale: Finite | None = None
    asset_id: Text | None = None
    sensor_type: Text | None = None
    unit: Text | None = None
    seq: Annotated[int, Field(ge=0, le=MAX_SEQ)] | None = None
    speed_rpm: Annotated[Finite, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _samples_are_numbers(self) -> Self:
        try:
            float_samples(self.samples, self.dtype, 1.0 if self.scale is None else self.scale)
        except RefusedError as refused:
            raise ValueError(refused.detail) from refused
        return self
