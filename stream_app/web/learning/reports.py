"""The drift reports that role `learn`, or somebody by `stream-app drift report`, left in the data directory."""

import re
from pathlib import Path
from urllib.parse import quote

from schemas.times import format_time
from stream_app.web.learning.answers import Report

REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.html")
_MOST = 100


class Reports:
    """Files of a folder, which may not be there; None in tests and documents."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def newest(self) -> list[Report]:
        """Return at most 100, those written last first."""
        found = [] if self._folder is None else [path for path in self._folder.glob("*.html") if self.find(path.name)]
        dated = sorted(((path.stat().st_mtime_ns // 1000, path.name) for path in found), reverse=True)
        return [
            Report(name=name, ts=format_time(ts_us), url=f"/api/v1/drift/reports/{quote(name)}")
            for ts_us, name in dated[:_MOST]
        ]

    def find(self, name: str) -> Path | None:
        """Return the file of a report, or None where there is none of that name."""
        if self._folder is None or _NAME.fullmatch(name) is None:
            return None
        path = self._folder / name
        return path if path.is_file() and not path.is_symlink() else None
