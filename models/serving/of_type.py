"""The models in service for one sensor type, put here by whoever keeps their state."""

from dataclasses import dataclass
from typing import Protocol

from models.serving.served_model import ServedModel


class InService(Protocol):
    """A sensor type whose rows trained models judge: the champion joins, the challenger is asked beside it."""

    name: str
    champion: ServedModel | None
    challenger: ServedModel | None


@dataclass(slots=True)
class ModelsOfType:
    """The models of the type `name`."""

    name: str
    champion: ServedModel | None = None
    challenger: ServedModel | None = None
