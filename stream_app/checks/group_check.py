"""Does somebody work on the readings, and keep up?"""

from collections.abc import Callable, Iterator
from typing import Any

from stream_app.checks.finding import Finding, attention, broken, ok

# Below it lag is what is in flight; above it a second look tells whether it shrinks.
_LAG_IN_FLIGHT = 10_000
# Detection goes on without them.
_OPTIONAL = frozenset({"learn"})


def group_check(look: Callable[[], list[dict[str, Any]]], wait: Callable[[], None]) -> Iterator[Finding]:
    """Yield findings on every group; `look` returns them, `wait` lets time pass before a second look."""
    first = look()
    behind = any(group["lag"] > _LAG_IN_FLIGHT for group in first)
    if behind:
        wait()
    for group, later in zip(first, look() if behind else first, strict=True):
        yield _judged(group, later)


def _judged(before: dict[str, Any], now: dict[str, Any]) -> Finding:
    name = f"group {now['group']}"
    lag, start = now["lag"], f"stream-app worker {now['role']}"
    if now["members"] == 0 and now["state"] == "absent" and lag == 0:
        return attention(name, "no worker has joined yet", f"start `{start}` or `stream-app up`")
    if now["members"] == 0 and now["state"] == "absent" and now["role"] in _OPTIONAL:
        return attention(name, f"no worker has joined yet, {lag:,} records wait", f"start `{start}` or `stream-app up`")
    if now["members"] == 0:
        return broken(name, f"no worker, {lag:,} records wait", f"start `{start}`")
    if now["state"] != "stable":
        return attention(name, f"{now['state']}, {now['members']} members", "ask again in some seconds")
    if lag > _LAG_IN_FLIGHT:
        if lag < before["lag"]:
            return attention(name, f"{lag:,} records behind and catching up", "wait")
        return attention(name, f"{lag:,} records behind and not catching up", "start more workers")
    return ok(name, f"{now['members']} members, {lag:,} records behind")
