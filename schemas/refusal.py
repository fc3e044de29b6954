"""What is refused at the door, and why."""

from dataclasses import dataclass
from typing import Literal, get_args

Reason = Literal[
    "empty",
    "too_large",
    "not_utf8",
    "not_json",
    "not_msgpack",
    "wrong_shape",
    "missing_field",
    "wrong_type",
    "not_finite",
    "bad_time",
    "future_time",
    "key_mismatch",
    "unsupported_format",
    "internal",
]
REASONS: tuple[Reason, ...] = get_args(Reason)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused message or element: `record` is its position in the batch, `index` its place in an array or lines.

    `value` holds the refused bytes, of the element alone, so that a retry does not repeat its neighbours; None is null.
    """

    record: int
    index: int
    reason: Reason
    detail: str
    value: bytes | None


class RefusedError(Exception):
    """Raised by a parser at the first thing that is wrong with a message or element."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail
