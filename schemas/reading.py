"""The reading as the public sees it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.message_fields import MAX_SEQ, default_asset_id
from schemas.reading_message import QUALITIES, DecodedReading
from schemas.wire_types import Finite, Name, Text, Time


class Reading(BaseModel):
    """One reading of one sensor. A null `value` or the quality `bad` is a known missing value.

    Without `asset_id` the asset is the part of `sensor_id` before its first slash, else the whole.
    Unknown fields are ignored.
    """

    model_config = ConfigDict(frozen=True, strict=True)

    sensor_id: Name
    ts: Time
    value: Finite | None
    asset_id: Text | None = None
    sensor_type: Text | None = None
    unit: Text | None = None
    seq: Annotated[int, Field(ge=0, le=MAX_SEQ)] | None = None
    quality: Literal["good", "uncertain", "bad"] | None = None

    def decoded(self) -> DecodedReading:
        """Return the reading as the pipeline sees it: defaults filled in, missing values as NaN."""
        quality = QUALITIES[self.quality or "good"]
        missing = self.value is None or quality == QUALITIES["bad"]
        return DecodedReading(
            sensor_id=self.sensor_id,
            asset_id=self.asset_id or default_asset_id(self.sensor_id),
            sensor_type=self.sensor_type,
            unit=self.unit,
            ts_us=self.ts,
            value=float("nan") if missing or self.value is None else self.value,
            seq=-1 if self.seq is None else self.seq,
            quality=quality,
            unknown_fields=0,
        )
