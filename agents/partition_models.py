"""Which model versions score a partition: a part of its state, so that a replay scores with the same ones.

A version is taken into service only inside a checkpoint. The artefact itself is written with it, whole or not at all,
and scores what comes after the checkpoint. So no replay ever crosses a swap, and recovery asks nobody for a model.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Generic, TypeVar

import structlog

from agents.former_normal import FormerNormal
from agents.model_shelf import Models
from agents.outputs import SavedState
from agents.served_artefact import Served
from agents.state_keys import canary_share_key, model_key
from agents.stored_pieces import KeyOf, pieces, whole
from models.serving.lanes import AnyReference
from models.serving.of_type import InService
from schemas.model_names import ALIASES, CANARY, CHALLENGER, CHAMPION, Alias

log = structlog.get_logger(__name__)

_SHARE = struct.Struct("<d")


Stage = TypeVar("Stage", bound=InService)


class PartitionModels(Generic[Stage]):
    """The models in service for each type of one partition of `lane`."""

    def __init__(self, lane: str, partition: int, models: Models, saved: SavedState) -> None:
        self._lane, self._partition, self._models, self._saved = lane, partition, models, saved
        self._in_service: dict[tuple[str, Alias], Served | None] = {}
        self._former = FormerNormal(lane, saved)

    def restore(self, stage: Stage) -> None:
        """Put the stored models of a type back into service."""
        for alias in ALIASES:
            packed = whole(self._key_of(alias, stage.name), self._saved)
            self._put(stage, alias, None if packed is None else self._models.load(packed))
        share = self._saved.read(canary_share_key(self._lane, stage.name))
        stage.canary_share = 0.0 if share is None else _SHARE.unpack(share)[0]
        stage.normal = self._former.restore(stage.name, stage.champion)

    def _key_of(self, alias: Alias, sensor_type: str) -> KeyOf:
        return partial(model_key, self._lane, alias, sensor_type)

    def _put(self, stage: Stage, alias: Alias, served: Served | None) -> None:
        self._in_service[stage.name, alias] = served
        model = None if served is None else served.model
        if alias == CHAMPION:
            stage.champion = model
        elif alias == CHALLENGER:
            stage.challenger = model
        else:
            stage.canary = model

    def adopt(
        self,
        stages: Sequence[Stage],
        changed: Callable[[Stage], None],
        learned: Callable[[Stage, AnyReference], AnyReference],
    ) -> Iterator[tuple[bytes, bytes]]:
        """Put what is wanted now into service, and yield the states that this changes.

        `changed` is called where a type has another champion, which may bring what is normal now, or find again what
        was normal when it was champion before; `learned` returns what the sensors of a type have learned, as far as the
        reference knows them that takes its place.

        To be called within a checkpoint, when all that was judged by the models before is in it.
        """
        for stage in stages:
            for alias in ALIASES:
                present = self._in_service[stage.name, alias]
                wanted = self._models.wanted(alias, self._lane, stage.name or None, present)
                if alias == CANARY:
                    wanted = self._beside_champion(stage, wanted)
                    yield from self._share(stage)
                if (present and present.digest) == (wanted and wanted.digest):
                    continue
                before = stage.champion
                self._put(stage, alias, wanted)
                if alias == CHAMPION:
                    stage.normal, changes = self._former.follow(
                        stage.name, before, stage.champion, partial(learned, stage)
                    )
                    yield from changes
                    changed(stage)
                log.info(
                    "model.in_service",
                    alias=alias,
                    sensor_type=stage.name,
                    partition=self._partition,
                    model=wanted and wanted.model.name,
                    version=wanted and wanted.model.version,
                )
                yield from pieces(self._key_of(alias, stage.name), b"" if wanted is None else wanted.packed)

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
