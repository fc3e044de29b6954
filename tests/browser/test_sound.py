"""Sound in a real browser on the real system: a live waterfall, and the picture and the clip of an anomaly."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Watched
from tests.browser.stack import Stack

WITHIN_MS = 90_000


@pytest.mark.timeout(300)
def test_a_machine_is_heard(browser: Browser, tmp_path: Path, screenshots: Path) -> None:
    with Stack(
        tmp_path / "data",
        STREAM_APP_AUDIO__KEEP_CLIPS="true",
        STREAM_APP_AUDIO__LEARN_S="40",
        STREAM_APP_AUDIO__CALIBRATE_S="30",
    ) as stack:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
        watched = Watched(context.new_page())
        page = watched.page
        page.goto(f"{stack.url}/sound")
        expect(page.get_by_text("No sound yet.")).to_be_visible()
        stack.simulate_sound(microphones=1, seconds=180)
        an_anomaly_is_seen_and_heard(page, stack, tmp_path)
        stack.simulate(sensors=4, rate_hz=10, scenario="healthy", microphones=2)
        a_waterfall_falls(page, screenshots)
        assert {host for host in watched.asked if not host.startswith("blob:")} == {stack.url}
        assert watched.wrong == []


def an_anomaly_is_seen_and_heard(page: Page, stack: Stack, folder: Path) -> None:
    """The anomaly of the injected fault has a picture, and its clip plays."""
    page.goto(f"{stack.url}/anomalies")
    expect(page.locator(".list a").first).to_contain_text("fan-s001", timeout=WITHIN_MS)
    page.get_by_role("link", name="Hear its microphone").click()
    expect(page).to_have_url(re.compile(r"/sound/fan-s001/microphone\?anomaly="))
    assert "fan-s001/microphone" in {fault["sensor_id"] for fault in stack.faults()}
    picture = page.locator("img.logmel")
    expect(picture).to_be_visible()
    until(lambda: bool(picture.evaluate("image => image.naturalWidth > 600")), page)
    until(lambda: bool(list(folder.rglob("clips/*.wav"))), page)
    page.get_by_role("button", name="Play its sound").click()
    player = page.locator("audio")
    expect(player).to_be_visible()
    until(lambda: bool(player.evaluate("audio => audio.duration > 2")), page)


def until(holds: Callable[[], bool], page: Page) -> None:
    """Wait until something holds; the page goes on meanwhile."""
    end = time.monotonic() + 30.0
    while not holds():
        assert time.monotonic() < end
        page.wait_for_timeout(100)


def a_waterfall_falls(page: Page, screenshots: Path) -> None:
    """The live sound of the microphone is drawn and moves; another can be chosen."""
    fall = page.locator("canvas.fall")
    expect(fall).to_be_visible(timeout=WITHIN_MS)
    expect(page.get_by_text(re.compile(r"Dark .* dB, bright"))).to_be_visible(timeout=WITHIN_MS)
    before = str(fall.evaluate("canvas => canvas.toDataURL()"))
    until(lambda: fall.evaluate("canvas => canvas.toDataURL()") != before, page)
    page.screenshot(path=screenshots / "sound.png", full_page=True)
    page.get_by_role("combobox", name="Microphone").select_option("pump-s002/microphone")
    expect(page).to_have_url(re.compile(r"/sound/pump-s002/microphone"))
    expect(page.get_by_role("heading", name=re.compile("pump-s002"))).to_be_visible()
