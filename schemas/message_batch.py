"""A batch of messages decoded one by one: a bad message leaves its neighbours alone."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from schemas.message_fields import check_future, key_text
from schemas.records import RecordColumns
from schemas.refusal import Refusal, RefusedError


class _OfAsset(Protocol):
    @property
    def asset_id(self) -> str: ...

    @property
    def ts_us(self) -> int: ...


Message = TypeVar("Message", bound=_OfAsset)


def decode_each(
    records: RecordColumns, read: Callable[[int, bytes | None], Message], max_future_s: float, require_asset_key: bool
) -> tuple[list[Message], list[Refusal]]:
    """Return what `read` makes of each record's place and value, and the refusals, in arrival order."""
    messages: list[Message] = []
    refused: list[Refusal] = []
    max_future_us = round(max_future_s * 1e6)
    for i in range(len(records)):
        value = records.value(i)
        try:
            key = key_text(records.key(i))
            message = read(i, value)
            check_future(message.ts_us, int(records.timestamp_ms[i]), max_future_us)
            if require_asset_key and key != message.asset_id:
                raise RefusedError("key_mismatch", f"key {key!r} is not the asset {message.asset_id!r}")
            messages.append(message)
        except RefusedError as refusal:
            refused.append(Refusal(i, 0, refusal.reason, refusal.detail, value))
        except Exception as error:
            # A defect of ours must not stop the partition: the bytes are kept, the dead letter says what broke.
            refused.append(Refusal(i, 0, "internal", f"{type(error).__name__}: {error}", value))
    return messages, refused
