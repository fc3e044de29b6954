"""The page in a real browser on the real system: data move, an injected fault appears, and nothing else is asked."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Watched
from tests.browser.stack import Stack

WITHIN_MS = 45_000


@pytest.mark.timeout(240)
def test_a_fault_is_seen(browser: Browser, tmp_path: Path, screenshots: Path) -> None:
    with Stack(tmp_path / "data") as stack:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
        watched = Watched(context.new_page())
        page = watched.page
        page.goto(stack.url)
        expect(page.get_by_text("No readings yet.")).to_be_visible()

        stack.simulate(sensors=16, rate_hz=10, scenario="step")
        expect(page.locator(".tile[data-asset]")).to_have_count(4, timeout=WITHIN_MS)
        anomaly_appears(page, stack, screenshots)
        the_asset_moves(page, screenshots)
        keys_work(page, stack)
        other_looks(browser, page.url, stack.url, screenshots)

        assert watched.asked == {stack.url}
        assert watched.wrong == []
        code, seconds = stack.interrupt()
        assert code == 130
        assert seconds < 5.0, "an open stream must not hold it up"
        expect(page.get_by_text("Connection lost")).to_be_visible(timeout=WITHIN_MS)


def anomaly_appears(page: Page, stack: Stack, screenshots: Path) -> None:
    """An asset in trouble comes first, is one that a fault was injected into, and leads to its reason."""
    in_trouble = page.locator(".tile.act, .tile.attention").first
    expect(in_trouble).to_be_visible(timeout=WITHIN_MS)
    page.screenshot(path=screenshots / "fleet.png")
    # All at one moment: the anomaly may end at any.
    asset, href, is_first = in_trouble.evaluate(
        "tile => [tile.dataset.asset, tile.getAttribute('href'), tile === tile.parentElement.firstElementChild]"
    )
    assert is_first
    assert asset in {fault["asset_id"] for fault in stack.faults()}
    expect(page.locator("#line")).to_contain_text(re.compile(r"[1-9]\d* readings/s"), timeout=WITHIN_MS)
    page.goto(stack.url + href)
    expect(page).to_have_url(re.compile(rf"/asset/{asset}\?sensor=.*&anomaly="))
    card = page.locator("[data-anomaly]")
    expect(card).to_contain_text("expected")
    expect(card.locator("tbody tr").first).to_be_visible()


def the_asset_moves(page: Page, screenshots: Path) -> None:
    """Values and charts change by themselves; a zoom stops that, `live` goes on."""
    panel = page.locator(".panel").first
    expect(panel.locator(".now")).not_to_be_empty()
    expect(page.locator(".panel canvas")).to_have_count(4)
    expect(panel.locator(".note")).to_contain_text("expected", timeout=WITHIN_MS)
    before = panel.locator(".now").inner_text()
    expect(panel.locator(".now")).not_to_have_text(before)
    drawn = pixels(page)
    page.wait_for_timeout(1000)
    assert pixels(page) != drawn, "the chart follows"
    expect(page.locator("#spectrum canvas")).to_be_visible(timeout=WITHIN_MS)
    page.screenshot(path=screenshots / "asset.png")

    live = page.get_by_role("button", name="live")
    expect(live).to_have_attribute("aria-pressed", "true")
    area = page.locator(".panel .u-over").first.bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + 0.5 * area["width"], area["y"] + 40)
    page.mouse.down()
    page.mouse.move(area["x"] + 0.9 * area["width"], area["y"] + 60, steps=4)
    page.mouse.up()
    expect(live).to_have_attribute("aria-pressed", "false")
    expect(page).to_have_url(re.compile("from=.*&to="))
    page.reload()
    expect(page.get_by_role("button", name="live")).to_have_attribute("aria-pressed", "false")
    page.get_by_text("Data table").first.click()
    expect(page.locator("details.data[open] tbody tr").nth(5)).to_be_visible()


def pixels(page: Page) -> str:
    return str(page.locator(".panel canvas").first.evaluate("canvas => canvas.toDataURL()"))


def keys_work(page: Page, stack: Stack) -> None:
    """Keys lead everywhere, and back goes back."""
    page.keyboard.press("l")
    expect(page.get_by_role("button", name="live")).to_have_attribute("aria-pressed", "true")
    asset_url = page.url
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    expect(page).to_have_url(f"{stack.url}/")
    page.go_back()
    expect(page).to_have_url(asset_url)
    page.get_by_role("link", name="Anomalies").click()
    expect(page.locator(".list a[aria-current]")).to_have_count(1)
    page.keyboard.press("/")
    page.keyboard.type("fan-")
    expect(page).to_have_url(re.compile(r"/\?q=fan-"))
    expect(page.locator(".tile[data-asset]")).to_have_count(1)
    page.keyboard.press("Escape")
    page.go_back()
    page.go_back()
    expect(page).to_have_url(asset_url)


def other_looks(browser: Browser, asset_url: str, url: str, screenshots: Path) -> None:
    """Dark, and on a phone nothing is wider than the screen."""
    dark = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="dark")
    dark.goto(asset_url)
    expect(dark.locator(".panel .now").first).not_to_be_empty()
    assert dark.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(18, 20, 23)"
    settle(dark)
    dark.screenshot(path=screenshots / "asset-dark.png")
    dark.close()
    phone = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="light")
    for name, where, telling in (
        ("fleet-phone", url, ".tile[data-asset]"),
        ("asset-phone", asset_url, ".panel canvas"),
    ):
        phone.goto(where)
        expect(phone.locator(telling).first).to_be_visible()
        settle(phone)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
        phone.screenshot(path=screenshots / f"{name}.png", full_page=True)
    phone.goto(f"{url}/pipeline")
    expect(phone.get_by_role("heading", name="Workers").first).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.close()


def settle(page: Page) -> None:
    """Let the first live points come, so that a picture shows what one sees."""
    page.wait_for_timeout(1500)
