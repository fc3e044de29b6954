"""The dead letter: what was refused, why, from where, and its bytes for a retry."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from pydantic import Field, ValidationError

from schemas.errors import BadDataError
from schemas.refusal import Reason
from schemas.times import format_time
from schemas.topics import DEAD_LETTERS
from schemas.wire_types import Instant, Published

MAX_KEPT_BYTES = 100_000
MAX_DETAIL_CHARS = 500
CE_TYPE = "pdm.dead_letter.v1"


class DeadLetterSource(Published):
    """Where refused bytes came from; `index` is the place in an array or among the lines of a message."""

    topic: str
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]
    index: Annotated[int, Field(ge=0)]


class DeadLettered(Published):
    """A message or element that was refused; `value_b64` holds the element alone, cut where `truncated`.

    `headers_b64` are the message's Kafka headers, name and value, in order.
    """

    id: str
    type: Literal["DeadLettered"] = "DeadLettered"
    reason: Reason
    stage: str
    detail: str
    source: DeadLetterSource
    ts: Instant
    key_b64: str | None
    value_b64: str | None
    truncated: bool
    headers_b64: list[tuple[str, str | None]] = Field(default_factory=list)

    @property
    def key(self) -> bytes | None:
        """The key's bytes, None where it was null."""
        return None if self.key_b64 is None else b64decode(self.key_b64)

    @property
    def value(self) -> bytes | None:
        """The refused bytes, None where the value was null."""
        return None if self.value_b64 is None else b64decode(self.value_b64)

    @property
    def headers(self) -> list[tuple[str, bytes | None]]:
        """The message's headers."""
        return [(name, None if value is None else b64decode(value)) for name, value in self.headers_b64]


def dead_letter_id(topic: str, partition: int, offset: int, index: int) -> str:
    """Return the id of the dead letter for one place: a replay gives the same."""
    return f"{topic}:{partition}:{offset}:{index}:dead"


def encode_dead_letter(
    topic: str,
    partition: int,
    offset: int,
    index: int,
    ts_us: int,
    reason: Reason,
    stage: str,
    detail: str,
    key: bytes | None,
    value: bytes | None,
    max_bytes: int = MAX_KEPT_BYTES,
    headers: Sequence[tuple[bytes, bytes | None]] = (),
) -> tuple[bytes, str]:
    """Return (JSON, id) of a dead letter; key and value are cut at `max_bytes` each."""
    letter_id = dead_letter_id(topic, partition, offset, index)
    truncated = any(part is not None and len(part) > max_bytes for part in (key, value))
    fields = {
        "id": letter_id,
        "type": "DeadLettered",
        "reason": reason,
        "stage": stage,
        "detail": detail[:MAX_DETAIL_CHARS],
        "source": {"topic": topic, "partition": partition, "offset": offset, "index": index},
        "ts": format_time(ts_us),
        "key_b64": None if key is None else b64encode(key[:max_bytes]).decode(),
        "value_b64": None if value is None else b64encode(value[:max_bytes]).decode(),
        "truncated": truncated,
        "headers_b64": [
            (name.decode("utf-8", "replace"), None if content is None else b64encode(content[:max_bytes]).decode())
            for name, content in headers
        ],
    }
    return msgspec.json.encode(fields), letter_id


def decode_dead_letter(message: bytes) -> DeadLettered:
    """Return a dead letter read from its topic; BadDataError where it is none."""
    try:
        return DeadLettered.model_validate_json(message)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "message"
        raise BadDataError(f"This is no dead letter ({where}: {first['msg']}); read {DEAD_LETTERS}.") from error
