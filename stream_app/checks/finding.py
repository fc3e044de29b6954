"""One line of `doctor`."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "attention", "broken"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to do where it is not `ok`."""

    name: str
    verdict: Verdict
    detail: str
    remedy: str | None = None


def ok(name: str, detail: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(name, "ok", detail)


def attention(name: str, detail: str, remedy: str) -> Finding:
    """Return a finding that somebody should look at; the system works."""
    return Finding(name, "attention", detail, remedy)


def broken(name: str, detail: str, remedy: str) -> Finding:
    """Return a finding that keeps the system from its work."""
    return Finding(name, "broken", detail, remedy)
