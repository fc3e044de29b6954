"""What the pages of models and drift are made of, beside the events in the store."""

from collections.abc import Callable
from dataclasses import dataclass, field

from stream_app.web.learning.registry_book import RegistryBook
from stream_app.web.learning.reports import Reports
from stream_app.web.learning.shadow_watch import ShadowWatch


def _no_command(arguments: list[str]) -> tuple[int, str]:
    return 4, "no command is run here"


@dataclass
class LearningParts:
    """`command` runs `stream-app` with arguments and returns exit code and last word; `reach_kafka` raises without."""

    registry: RegistryBook = field(default_factory=RegistryBook)
    shadow: ShadowWatch | None = None
    reports: Reports = field(default_factory=Reports)
    command: Callable[[list[str]], tuple[int, str]] = _no_command
    reach_kafka: Callable[[], None] = lambda: None
