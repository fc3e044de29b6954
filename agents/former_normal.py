"""What was normal before a champion brought another normal state, so that one that comes back finds its own again.

A champion without a reference judges by what the sensors had learned. Where one with a reference takes its place, what
they had learned is kept; where the one before, or an older version of it, comes back, it takes its place again.
"""

from collections.abc import Callable, Iterator
from functools import partial

import msgspec

from agents.outputs import SavedState
from agents.state_keys import former_normal_key, former_piece_key
from agents.stored_pieces import pieces, whole
from models.array_file import pack_arrays, unpack_arrays
from models.serving.lanes import SERVED_LANES, AnyReference
from models.serving.served_model import ServedModel


class _Kept(msgspec.Struct, frozen=True):
    """Whose normal state is kept, and whether it was found again since."""

    model: str
    version: int
    is_back: bool = False

    def is_of(self, champion: ServedModel | None) -> bool:
        """Whether this champion judged by it, or an older version; without any, the sensors judge by their own."""
        return champion is None or (champion.name == self.model and int(champion.version) <= self.version)


class FormerNormal:
    """Of each type of one partition of `lane`."""

    def __init__(self, lane: str, saved: SavedState) -> None:
        self._lane, self._saved = lane, saved
        self._kept: dict[str, _Kept | None] = {}

    def restore(self, of_type: str, champion: ServedModel | None) -> AnyReference | None:
        """Return what is normal by the champion in service, None where that is what the sensors learn."""
        stored = self._saved.read(former_normal_key(self._lane, of_type))
        kept = self._kept[of_type] = msgspec.json.decode(stored, type=_Kept | None) if stored else None
        if champion is not None and champion.reference is not None:
            return champion.reference
        return self._read(of_type) if kept is not None and kept.is_back else None

    def follow(
        self,
        of_type: str,
        before: ServedModel | None,
        champion: ServedModel | None,
        learned: Callable[[AnyReference], AnyReference],
    ) -> tuple[AnyReference | None, list[tuple[bytes, bytes]]]:
        """Return what is normal by a champion that takes the place of `before`, and the states that this changes.

        `learned` returns what those sensors have learned that a reference knows.
        """
        kept = self._kept[of_type]
        if champion is not None and champion.reference is not None:
            if before is not None and before.reference is not None:
                return champion.reference, []
            own = _Kept("", 0) if before is None else _Kept(before.name, int(before.version))
            return champion.reference, [*self._keep(of_type, own), *self._write(of_type, learned(champion.reference))]
        if kept is None:
            return None, []
        if kept.is_back:
            # The sensors have learned on since, and this one judges by that.
            return None, [*self._keep(of_type, None), *self._write(of_type, None)]
        if not kept.is_of(champion):
            return None, []
        return self._read(of_type), list(self._keep(of_type, msgspec.structs.replace(kept, is_back=True)))

    def _keep(self, of_type: str, kept: _Kept | None) -> Iterator[tuple[bytes, bytes]]:
        self._kept[of_type] = kept
        yield former_normal_key(self._lane, of_type), msgspec.json.encode(kept)

    def _write(self, of_type: str, reference: AnyReference | None) -> Iterator[tuple[bytes, bytes]]:
        packed = b"" if reference is None else pack_arrays(reference.arrays(), {})
        return pieces(partial(former_piece_key, self._lane, of_type), packed)

    def _read(self, of_type: str) -> AnyReference | None:
        packed = whole(partial(former_piece_key, self._lane, of_type), self._saved)
        return None if packed is None else SERVED_LANES[self._lane].reference(unpack_arrays(packed)[0])
