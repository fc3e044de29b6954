"""The models in service for one sensor type, put here by whoever keeps their state."""

from dataclasses import dataclass
from typing import Protocol

from models.serving.lanes import AnyReference
from models.serving.served_model import ServedModel


class InService(Protocol):
    """A sensor type whose rows trained models judge: the champion joins, the challenger is asked beside it.

    A canary joins in the champion's place for a share of the assets. `normal` is what took the place of what sensors
    had learned when the champion came: its own reference, or what was kept for it.
    """

    name: str
    champion: ServedModel | None
    challenger: ServedModel | None
    canary: ServedModel | None
    canary_share: float
    normal: AnyReference | None


@dataclass(slots=True)
class ModelsOfType:
    """The models of the type `name`."""

    name: str
    champion: ServedModel | None = None
    challenger: ServedModel | None = None
    canary: ServedModel | None = None
    canary_share: float = 0.0
    normal: AnyReference | None = None
