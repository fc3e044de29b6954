"""Which model versions score a partition: a part of its state, so that a replay scores with the same ones.

A version is taken into service only inside a checkpoint. The artefact itself is written with it, whole or not at all,
and scores what comes after the checkpoint. So no replay ever crosses a swap, and recovery asks nobody for a model.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

import structlog

from agents.model_shelf import Models
from agents.outputs import SavedState
from agents.served_artefact import Served
from agents.state_keys import canary_share_key, model_key
from models.serving.of_type import InService
from schemas.model_names import CANARY, CHALLENGER, CHAMPION, Alias

log = structlog.get_logger(__name__)

PIECE_BYTES = 512 * 1024
"""An artefact is stored in pieces of this size: Kafka takes no large records."""

_HEAD = struct.Struct("<I")
_SHARE = struct.Struct("<d")


Stage = TypeVar("Stage", bound=InService)


class PartitionModels(Generic[Stage]):
    """The models in service for each type of one partition of `lane`, under `aliases`."""

    def __init__(
        self,
        lane: str,
        partition: int,
        models: Models,
        saved: SavedState,
        aliases: tuple[Alias, ...] = (CHAMPION, CHALLENGER),
    ) -> None:
        self._aliases = aliases
        self._lane, self._partition, self._models, self._saved = lane, partition, models, saved
        self._in_service: dict[tuple[str, Alias], Served | None] = {}

    def restore(self, stage: Stage) -> None:
        """Put the stored models of a type back into service."""
        for alias in self._aliases:
            packed = self._stored(alias, stage.name)
            self._put(stage, alias, None if packed is None else self._models.load(packed))
        share = self._saved.read(canary_share_key(self._lane, stage.name))
        stage.canary_share = 0.0 if share is None else _SHARE.unpack(share)[0]

    def _stored(self, alias: Alias, sensor_type: str) -> bytes | None:
        first = self._saved.read(model_key(self._lane, alias, sensor_type, 0))
        count = 0 if first is None else _HEAD.unpack_from(first)[0]
        if first is None or not count:
            return None
        rest = [
            self._saved.read(model_key(self._lane, alias, sensor_type, number)) or b"" for number in range(1, count)
        ]
        return b"".join([first[_HEAD.size :], *rest])

    def _put(self, stage: Stage, alias: Alias, served: Served | None) -> None:
        self._in_service[stage.name, alias] = served
        model = None if served is None else served.model
        if alias == CHAMPION:
            stage.champion = model
        elif alias == CHALLENGER:
            stage.challenger = model
        else:
            stage.canary = model

    def adopt(self, stages: Sequence[Stage], changed: Callable[[Stage], None]) -> Iterator[tuple[bytes, bytes]]:
        """Put what is wanted now into service, and yield the states that this changes.

        `changed` is called where a type has another champion, which may bring what is normal now.

        To be called within a checkpoint, when all that was judged by the models before is in it.
        """
        for stage in stages:
            for alias in self._aliases:
                present = self._in_service[stage.name, alias]
                wanted = self._models.wanted(alias, self._lane, stage.name or None, present)
                if alias == CANARY:
                    wanted = self._beside_champion(stage, wanted)
                    yield from self._share(stage)
                if (present and present.digest) == (wanted and wanted.digest):
                    continue
                self._put(stage, alias, wanted)
                if alias == CHAMPION:
                    changed(stage)
                log.info(
                    "model.in_service",
                    alias=alias,
                    sensor_type=stage.name,
                    partition=self._partition,
                    model=wanted and wanted.model.name,
                    version=wanted and wanted.model.version,
                )
                yield from self._pieces(alias, stage.name, b"" if wanted is None else wanted.packed)

    def _beside_champion(self, stage: Stage, wanted: Served | None) -> Served | None:
        """Return a canary where it is of the model whose champion judges the type."""
        champion = self._in_service[stage.name, CHAMPION]
        same = wanted is not None and champion is not None and wanted.model.name == champion.model.name
        return wanted if same else None

    def _share(self, stage: Stage) -> Iterator[tuple[bytes, bytes]]:
        """Have the share that is wanted now: a replay asks the same assets, whatever the settings say then."""
        if stage.canary_share != self._models.canary_share:
            stage.canary_share = self._models.canary_share
            yield canary_share_key(self._lane, stage.name), _SHARE.pack(stage.canary_share)

    def _pieces(self, alias: Alias, sensor_type: str, packed: bytes) -> Iterator[tuple[bytes, bytes]]:
        pieces = [packed[at : at + PIECE_BYTES] for at in range(0, len(packed), PIECE_BYTES)]
        yield model_key(self._lane, alias, sensor_type, 0), _HEAD.pack(len(pieces)) + (pieces[0] if pieces else b"")
        for number, piece in enumerate(pieces[1:], start=1):
            yield model_key(self._lane, alias, sensor_type, number), piece

    def versions(self) -> list[dict[str, str]]:
        """Return lane, type, alias, name and version of each model in service."""
        return [
            {
                "lane": self._lane,
                "sensor_type": name,
                "alias": alias,
                "model": served.model.name,
                "version": served.model.version,
            }
            for (name, alias), served in self._in_service.items()
            if served is not None
        ]
