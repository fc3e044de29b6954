"""Which version is champion: moved by one at a time, and the one before stays at hand."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from connectors.model_registry.registry import Registry, champion_of
from connectors.model_registry.versions import Version
from schemas.errors import UnavailableError, UsageError
from schemas.model_names import CANARY, CHALLENGER, CHAMPION, FORMER


@dataclass(frozen=True, slots=True)
class Moved:
    """The alias champion of `name` went from `previous` to `version`."""

    name: str
    version: int
    previous: int | None


def promote(
    registry: Registry,
    name: str,
    version: int | None,
    locks: Path,
    *,
    instead_of: int | None = None,
    only_challenger: bool = False,
) -> Moved:
    """Make `version`, else the challenger, the champion; raises UsageError where there is none or it is it already.

    Whoever decided on what they had seen before asks that the champion still is `instead_of`, and the version still
    the challenger.
    """
    with _alone(locks, name):
        versions = registry.versions(name)
        chosen = _chosen(versions, name, version)
        champion = champion_of(versions)
        _require_champion(name, champion, instead_of)
        if only_challenger and CHALLENGER not in chosen.aliases:
            raise UsageError(f"Version {chosen.version} of {name} is its challenger no more; decide again.")
        if champion is not None and champion.version == chosen.version:
            raise UsageError(f"Version {chosen.version} of {name} is the champion already; name another one.")
        registry.point(name, FORMER, champion.version if champion else None)
        _move(registry, name, chosen.version)
        if CHALLENGER in chosen.aliases:
            registry.point(name, CHALLENGER, None)
        _end_canary(registry, name, versions)
        return Moved(name, chosen.version, champion.version if champion else None)


def roll_back(
    registry: Registry, name: str, version: int | None, locks: Path, *, instead_of: int | None = None
) -> Moved:
    """Make the former champion, or `version`, the champion again; UsageError where there is none.

    Whoever decided on what they had seen before asks that the champion still is `instead_of`.
    """
    with _alone(locks, name):
        versions = registry.versions(name)
        champion = champion_of(versions)
        _require_champion(name, champion, instead_of)
        if champion is None:
            raise UsageError(f"{name} has no champion to roll back; promote a version by `stream-app models promote`.")
        former = next((each.version for each in versions if FORMER in each.aliases), None)
        if version is None and former is None:
            raise UsageError(
                f"The champion of {name}, version {champion.version}, followed no other; name one by --to."
            )
        chosen = _chosen(versions, name, version or former)
        if chosen.version == champion.version:
            raise UsageError(f"Version {chosen.version} of {name} is the champion already; name another one.")
        _move(registry, name, chosen.version)
        registry.point(name, FORMER, None)
        _end_canary(registry, name, versions)
        return Moved(name, chosen.version, champion.version)


def begin_canary(registry: Registry, name: str, version: int | None, locks: Path) -> int:
    """Have `version`, else the challenger, judge a share of the assets; UsageError where it cannot."""
    with _alone(locks, name):
        versions = registry.versions(name)
        chosen = _chosen(versions, name, version)
        champion = champion_of(versions)
        if champion is None or champion.version == chosen.version:
            raise UsageError(f"Version {chosen.version} of {name} has no other champion beside it; promote it.")
        if CANARY in chosen.aliases:
            raise UsageError(
                f"Version {chosen.version} of {name} judges a share of the assets already; wait for the gate."
            )
        registry.point(name, CHALLENGER, chosen.version)
        registry.point(name, CANARY, chosen.version)
        return chosen.version


def end_canary(registry: Registry, name: str, locks: Path) -> int:
    """Have the champion judge all assets again; UsageError where it does."""
    with _alone(locks, name):
        versions = registry.versions(name)
        found = next((each.version for each in versions if CANARY in each.aliases), None)
        if found is None:
            raise UsageError(f"No version of {name} judges a share of the assets; its champion judges all.")
        _end_canary(registry, name, versions)
        return found


def _end_canary(registry: Registry, name: str, versions: list[Version]) -> None:
    if any(CANARY in each.aliases for each in versions):
        registry.point(name, CANARY, None)


def _require_champion(name: str, champion: Version | None, wanted: int | None) -> None:
    """Refuse a decision that was made on another champion."""
    if wanted is not None and (champion is None or champion.version != wanted):
        found = "none" if champion is None else f"version {champion.version}"
        raise UsageError(f"The champion of {name} is {found} by now, not version {wanted}; look again, then decide.")


def _chosen(versions: list[Version], name: str, version: int | None) -> Version:
    for each in versions:
        if each.version == version or (version is None and CHALLENGER in each.aliases):
            return each
    wanted = "challenger" if version is None else f"version {version}"
    known = ", ".join(str(each.version) for each in versions) or "none"
    raise UsageError(f"{name} has no {wanted}; its versions are {known}.")


def _move(registry: Registry, name: str, version: int) -> None:
    registry.point(name, CHAMPION, version)
    found = registry.alias(name, CHAMPION)
    if found != version:
        raise UnavailableError(
            f"Somebody else made version {found} of {name} champion at the same time; see `stream-app models show "
            f"{name}`, then decide again."
        )


@contextmanager
def _alone(folder: Path, name: str) -> Iterator[None]:
    """Let one process of this data directory at a time move the aliases of a model."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name.replace('/', '_')}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
