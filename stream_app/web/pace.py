"""Whether a feed keeps up, and when it is better to skip what it missed than to show the past."""

import time
from collections.abc import Sequence

from connectors.kafka.follow import HeadedRecord, Record

_LATE_S = 3.0
_LATE_RECORDS = 10_000
_HOPELESS_AFTER_S = 10.0
_RATE_OVER_S = 2.0


class Pace:
    """How far one feed is behind; late is more than 3 s and 10,000 records, hopeless is late for 10 s on end."""

    def __init__(self) -> None:
        self.lag_records = 0
        self.skipped_records = 0
        self.records_per_s = 0.0
        self._late_since_s: float | None = None
        self._counted, self._counted_since_s = 0, time.monotonic()

    def note(self, now_s: float, records: Sequence[Record | HeadedRecord], lag_records: int) -> None:
        """Take what was just read, at `now_s` by the monotonic clock, with so many records still ahead."""
        self.lag_records = lag_records
        self._count(now_s, len(records))
        if records:
            behind_s = time.time() - records[-1][1] / 1e3
            late = behind_s > _LATE_S and lag_records > _LATE_RECORDS
            self._late_since_s = (self._late_since_s or now_s) if late else None

    def is_hopeless(self, now_s: float) -> bool:
        """Return whether the feed was late for so long that it will not catch up soon."""
        return self._late_since_s is not None and now_s - self._late_since_s > _HOPELESS_AFTER_S

    def skip(self, records: int) -> None:
        """Take that so many records were left out."""
        self.skipped_records += records
        self._late_since_s = None

    def _count(self, now_s: float, n: int) -> None:
        self._counted += n
        passed_s = now_s - self._counted_since_s
        if passed_s >= _RATE_OVER_S:
            self.records_per_s = self._counted / passed_s
            self._counted, self._counted_since_s = 0, now_s
