"""A PNG of spectrograms beside each other, with their frequencies, times and colours told."""

import io
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_BAND_PX = 4
_PANEL_PX = 260
_LEFT_PX, _TOP_PX, _GAP_PX, _BOTTOM_PX = 56, 44, 20, 30
_INK, _FAINT, _PAPER = (32, 32, 32), (110, 110, 110), (255, 255, 255)
_MARKS_HZ = (125, 250, 500, 1000, 2000, 4000, 8000)


class Panel(NamedTuple):
    """One spectrogram: colours (bands, frames, 3), the highest band on top, over so many `seconds`."""

    name: str
    colours: NDArray[np.uint8]
    seconds: float


def logmel_png(title: str, panels: Sequence[Panel], band_hz: Sequence[float], note: str = "") -> bytes:
    """Return a PNG; `band_hz` are the middles of the bands, lowest first. The same arguments give the same bytes."""
    height = len(band_hz) * _BAND_PX
    width = _LEFT_PX + len(panels) * (_PANEL_PX + _GAP_PX)
    image = Image.new("RGB", (width, _TOP_PX + height + _BOTTOM_PX), _PAPER)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(11)
    draw.text((8, 6), title, _INK, ImageFont.load_default(13))
    for mark in _MARKS_HZ:
        if band_hz[0] <= mark <= band_hz[-1]:
            y = _TOP_PX + height - round(float(np.interp(mark, band_hz, np.arange(len(band_hz)))) * _BAND_PX)
            name = f"{mark // 1000} kHz" if mark >= 1000 else f"{mark} Hz"
            draw.text((_LEFT_PX - 8, y), name, _FAINT, font, anchor="rm")
            draw.line((_LEFT_PX - 5, y, _LEFT_PX - 1, y), _FAINT)
    for place, panel in enumerate(panels):
        x = _LEFT_PX + place * (_PANEL_PX + _GAP_PX)
        drawn = Image.fromarray(panel.colours).resize((_PANEL_PX, height), Image.Resampling.NEAREST)
        image.paste(drawn, (x, _TOP_PX))
        draw.text((x, _TOP_PX - 16), panel.name, _INK, font)
        draw.text((x, _TOP_PX + height + 4), "0 s", _FAINT, font)
        draw.text((x + _PANEL_PX, _TOP_PX + height + 4), f"{panel.seconds:.1f} s", _FAINT, font, anchor="ra")
    draw.text((_LEFT_PX, _TOP_PX + height + 17), note, _FAINT, font)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
