"""A picture shows what changed, in every band, and says what it shows."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from connectors.pictures.logmel_png import Panel, logmel_png
from models.sound.picture import logmel_panels
from schemas.errors import BadDataError

BANDS = 64
BAND_HZ = np.linspace(60.0, 7800.0, BANDS).tolist()


def _stretches() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rng = np.random.default_rng(0)
    normal = rng.normal(-6.0, 0.5, (200, BANDS)).astype(np.float32)
    now = rng.normal(-6.0, 0.5, (300, BANDS)).astype(np.float32)
    now[150:, 40:44] += 3.0
    now[:, 10:12] -= 3.0
    return now, normal


def test_more_is_orange_less_is_blue_and_the_rest_nearly_white() -> None:
    difference = logmel_panels(*_stretches()).difference.astype(int)
    top = BANDS - 1
    more, less, same = difference[top - 41, 200:], difference[top - 10, :], difference[top - 25, :]
    assert (more[:, 0] > more[:, 2] + 60).all()
    assert (less[:, 2] > less[:, 0] + 60).mean() > 0.95
    assert np.median(same.min(axis=1)) > 200


def test_both_stretches_have_one_scale_and_louder_is_brighter() -> None:
    now, normal = _stretches()
    panels = logmel_panels(now, normal)
    top = BANDS - 1
    assert panels.now.shape == (BANDS, 300, 3)
    assert panels.normal.shape == (BANDS, 200, 3)
    assert panels.low_db < panels.high_db
    assert panels.now[top - 41, 160:].mean() > panels.now[top - 41, :140].mean() + 20
    assert abs(panels.now[top - 41, :140].mean() - panels.normal[top - 41].mean()) < 10


def test_unknown_frames_are_grey_and_silence_is_drawn() -> None:
    now, normal = _stretches()
    now[5] = np.nan
    assert (logmel_panels(now, normal).now[:, 5] == 128).all()
    flat = np.zeros((3, BANDS), np.float32)
    assert logmel_panels(flat, flat).difference.min() == 255
    unknown = np.full((3, BANDS), np.nan, np.float32)
    assert (logmel_panels(unknown, unknown).now == 128).all()


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadDataError, match="make no picture"):
        logmel_panels(np.zeros((3, 64), np.float32), np.zeros((3, 32), np.float32))
    with pytest.raises(BadDataError, match="make no picture"):
        logmel_panels(np.zeros((0, 64), np.float32), np.zeros((3, 64), np.float32))


def test_a_png_holds_all_panels_and_is_the_same_each_time() -> None:
    panels = logmel_panels(*_stretches())
    shown = [Panel("normal", panels.normal, 5.0), Panel("now", panels.now, 8.0)]
    content = logmel_png("fan-1", shown, BAND_HZ, "a note")
    assert content == logmel_png("fan-1", shown, BAND_HZ, "a note")
    image = Image.open(io.BytesIO(content))
    assert image.format == "PNG"
    assert image.width > 2 * 260
    assert len(content) < 200_000
