"""What the model registry knows, asked when somebody wants to see it, at most once a second."""

import threading
import time
from dataclasses import dataclass, field

from connectors.model_registry.aliases import RegistryReader
from connectors.model_registry.versions import Version
from schemas.errors import UnavailableError
from schemas.model_names import parse_model_name

_FRESH_S = 1.0
# A server that is away lets everybody wait for its time limit: it is asked again after a while only.
_RETRY_S = 5.0


@dataclass(frozen=True, slots=True)
class RegistryPage:
    """All versions by the name of their model, the newest first; `trouble` tells why there are none to see."""

    versions: dict[str, list[Version]] = field(default_factory=dict)
    trouble: str | None = None


class RegistryBook:
    """Reads by `reader`, None in tests and documents."""

    def __init__(self, reader: RegistryReader | None = None) -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self._page = RegistryPage()
        self._fresh_until_s = float("-inf")

    def read(self, *, anew: bool = False) -> RegistryPage:
        """Return what the registry knows now, or a second ago at most unless `anew`."""
        with self._lock:
            if self._reader is not None and (anew or time.monotonic() > self._fresh_until_s):
                self._page = _page(self._reader)
                self._fresh_until_s = time.monotonic() + (_FRESH_S if self._page.trouble is None else _RETRY_S)
            return self._page


def _page(reader: RegistryReader) -> RegistryPage:
    try:
        found = reader.versions()
    except UnavailableError as error:
        return RegistryPage(trouble=str(error))
    versions: dict[str, list[Version]] = {}
    for each in sorted(found, key=lambda version: (version.name, -version.version)):
        if parse_model_name(each.name) is not None:
            versions.setdefault(each.name, []).append(each)
    return RegistryPage(versions)
