"""Large states as several records: Kafka takes no large ones."""

import struct
from collections.abc import Callable, Iterator

from agents.outputs import SavedState

PIECE_BYTES = 512 * 1024

_HEAD = struct.Struct("<I")

KeyOf = Callable[[int], bytes]
"""The key of the piece of a number, from 0."""


def pieces(key_of: KeyOf, packed: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the records of a state; an empty one takes the place of what was there."""
    parts = [packed[at : at + PIECE_BYTES] for at in range(0, len(packed), PIECE_BYTES)]
    yield key_of(0), _HEAD.pack(len(parts)) + (parts[0] if parts else b"")
    for number, part in enumerate(parts[1:], start=1):
        yield key_of(number), part


def whole(key_of: KeyOf, saved: SavedState) -> bytes | None:
    """Return the state that was stored in pieces, or None."""
    first = saved.read(key_of(0))
    count = 0 if first is None else _HEAD.unpack_from(first)[0]
    if first is None or not count:
        return None
    return b"".join([first[_HEAD.size :], *(saved.read(key_of(number)) or b"" for number in range(1, count))])
