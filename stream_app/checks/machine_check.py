"""The clock and the disk of this machine."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from stream_app.checks.finding import Finding, attention, broken, ok

_DISK_BROKEN_BYTES = 1 << 30
_DISK_ATTENTION_BYTES = 5 << 30
_CLOCK_S = 5.0


def disk_check(data_dir: Path) -> Iterator[Finding]:
    """Yield a finding on the free space where the data directory is, or will be."""
    there = next(path for path in (data_dir, *data_dir.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    detail = f"{free / 2**30:.1f} GiB free for {data_dir}"
    if free < _DISK_BROKEN_BYTES:
        yield broken("disk", detail, "make room, or set STREAM_APP_DATA_DIR to another disk")
    elif free < _DISK_ATTENTION_BYTES:
        yield attention("disk", detail, "make room, or set STREAM_APP_DATA_DIR to another disk")
    else:
        yield ok("disk", detail)


def clock_check(newest_s: float | None, now_s: float) -> Iterator[Finding]:
    """Yield a finding on this machine's clock against the newest record's timestamp (both seconds since 1970)."""
    if newest_s is None:
        yield ok("clock", "no reading yet to compare it with")
    elif newest_s - now_s > _CLOCK_S:
        yield attention(
            "clock",
            f"the newest reading was sent {newest_s - now_s:.0f} s in the future",
            "set this machine's clock, or that of the sender, by NTP",
        )
    else:
        yield ok("clock", f"the newest reading was sent {now_s - newest_s:.0f} s ago")
