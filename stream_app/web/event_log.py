"""The events of one topic that were heard last, each once."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from typing import Generic, Protocol, TypeVar

_KEPT = 5_000


class Told(Protocol):
    """An event with an id, about a model."""

    @property
    def id(self) -> str:
        """What makes a repeat known."""

    @property
    def model(self) -> str:
        """The registered name."""

    @property
    def ts(self) -> str:
        """ISO 8601."""


E = TypeVar("E", bound=Told)


class EventLog(Generic[E]):
    """At most `kept` events, those heard first forgotten first; `version` grows with each.

    `decode` returns None for what is no such event, which changes nothing.
    """

    def __init__(self, decode: Callable[[bytes], E | None], kept: int = _KEPT) -> None:
        self._decode, self._kept = decode, kept
        self._found: OrderedDict[str, tuple[int, E]] = OrderedDict()
        self._by_model: dict[str, deque[E]] = {}
        self.version = 0

    def __len__(self) -> int:
        return len(self._found)

    def take(self, message: bytes) -> bool:
        """Take a message of the topic; return whether it was news."""
        event = self._decode(message)
        if event is None or event.id in self._found:
            return False
        self.version += 1
        self._found[event.id] = (self.version, event)
        self._by_model.setdefault(event.model, deque()).append(event)
        if len(self._found) > self._kept:
            self._forget_first()
        return True

    def _forget_first(self) -> None:
        _, (_, first) = self._found.popitem(last=False)
        # What was heard first of all was heard first of its model.
        mine = self._by_model[first.model]
        mine.popleft()
        if not mine:
            del self._by_model[first.model]

    @property
    def models(self) -> Iterable[str]:
        """The models that the events are about."""
        return self._by_model.keys()

    def of(self, model: str | None = None) -> list[E]:
        """Return the events, of one model where one is named, in the order in which they were heard."""
        return list(self._by_model.get(model, ())) if model is not None else [each for _, each in self._found.values()]

    def newest(self, model: str | None = None) -> list[E]:
        """Return the same, the newest first: partitions are heard one after the other."""
        return sorted(self.of(model), key=lambda event: event.ts)[::-1]

    def since(self, version: int) -> list[E]:
        """Return what was heard after `version`, in that order."""
        return [event for _, event in self._later(version)][::-1]

    def _later(self, version: int) -> Iterator[tuple[int, E]]:
        return takewhile(lambda told: told[0] > version, reversed(self._found.values()))
