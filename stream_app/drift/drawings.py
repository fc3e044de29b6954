"""Small drawings of standardised values as SVG."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Place = Callable[[float], float]

_WIDTH, _HEIGHT = 180, 40
_BINS = 24
_MOST_Z = 40.0


def sparkline(z: NDArray[np.float64], since: int) -> str:
    """Return the line of `z` (n,) over slots, gaps left open, the part from place `since` on marked, ±2 shaded."""
    n = len(z)
    known = z[np.isfinite(z)]
    if not len(known):
        return ""
    low, high = min(float(known.min()), -3.0), max(float(known.max()), 3.0)

    def x(at: float) -> float:
        return _WIDTH * at / max(n - 1, 1)

    def y(value: float) -> float:
        return _HEIGHT - 2 - (_HEIGHT - 4) * (value - low) / (high - low)

    usual = f'<rect class="usual" x="0" y="{y(2.0):.1f}" width="{_WIDTH}" height="{y(-2.0) - y(2.0):.1f}"/>'
    change = f'<line class="change" x1="{x(since):.1f}" x2="{x(since):.1f}" y1="0" y2="{_HEIGHT}"/>'
    lines = "".join(_polyline(part, x, y) for part in _runs(z))
    return _svg(usual + change + lines, f"from {known[0]:.1f} to {known[-1]:.1f} usual deviations")


def distributions(reference: NDArray[np.float64], current: NDArray[np.float64]) -> str:
    """Return the histograms of both as outlines over one axis."""
    before, now = (np.clip(part[np.isfinite(part)], -_MOST_Z, _MOST_Z) for part in (reference, current))
    if not len(before) or not len(now):
        return ""
    low, high = min(before.min(), now.min(), -3.0), max(before.max(), now.max(), 3.0)
    bars = []
    for name, part in (("before", before), ("now", now)):
        counts, _ = np.histogram(part, _BINS, (low, high))
        share = counts / counts.max()
        width = _WIDTH / _BINS
        bars += [
            f'<rect class="{name}" x="{width * at:.1f}" y="{_HEIGHT - (_HEIGHT - 2) * s:.1f}" '
            f'width="{width:.1f}" height="{(_HEIGHT - 2) * s:.1f}"/>'
            for at, s in enumerate(share.tolist())
            if s
        ]
    return _svg("".join(bars), f"median {np.median(before):.1f} before, {np.median(now):.1f} now")


def _runs(z: NDArray[np.float64]) -> list[list[tuple[int, float]]]:
    runs: list[list[tuple[int, float]]] = [[]]
    for at, value in enumerate(z.tolist()):
        if np.isfinite(value):
            runs[-1].append((at, value))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _polyline(part: list[tuple[int, float]], x: Place, y: Place) -> str:
    points = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in part)
    return f'<polyline class="line" points="{points}"/>'


def _svg(content: str, label: str) -> str:
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
    return f'<svg {size} role="img" aria-label="{label}">{content}</svg>'
