"""A registered version as the registry knows it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Version:
    """A registered version with the metrics of its run."""

    name: str
    version: int
    run_id: str
    source: str
    created_ms: int
    tags: dict[str, str]
    aliases: tuple[str, ...]
    metrics: dict[str, float]
