"""Colours have the contrast that WCAG AA asks for, in light and in dark."""

import re
from itertools import product

import pytest

from stream_app.web.pages import STATIC

TOKENS = dict(
    re.findall(r"--([\w-]+): light-dark\(([^)]*)\);", (STATIC / "style" / "tokens.css").read_text("utf-8")),
)
TEXTS = ("text", "text-2", "text-3", "accent", "act", "attention", "learning", "sensor")
GROUNDS = ("ground", "surface", "raised")
SOFT = (("act", "act-soft"), ("attention", "attention-soft"), ("accent", "accent-soft"))
DRAWN = ("trace", "act", "attention-mark", "accent")


def luminance(colour: str) -> float:
    """Source: WCAG 2.2, relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str, scheme: int) -> float:
    lights = sorted(luminance(TOKENS[name].split(",")[scheme].strip()) for name in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_is_readable(scheme: int) -> None:
    pairs = [*product(TEXTS, GROUNDS), *SOFT, ("text", "act-soft"), ("text", "attention-soft")]
    low = {pair: round(contrast(*pair, scheme), 2) for pair in pairs if contrast(*pair, scheme) < 4.5}
    assert low == {}


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_what_is_drawn_can_be_seen(scheme: int) -> None:
    low = {name: contrast(name, "surface", scheme) for name in DRAWN if contrast(name, "surface", scheme) < 3.0}
    assert low == {}
