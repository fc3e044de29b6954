"""The plot of `score` in a real browser: it draws series and spectra, and asks nobody for anything."""

from pathlib import Path

from playwright.sync_api import Browser

from stream_app.cli import run
from tests.browser.conftest import Watched
from tests.unit.commands.test_score_wav import write_fan


def test_the_plot_draws_the_spectrum_of_the_whine(tmp_path: Path, browser: Browser, screenshots: Path) -> None:
    wave, plot = write_fan(tmp_path / "fan.wav"), tmp_path / "fan.html"
    assert run(["score", str(wave), "--out", str(tmp_path / "events.jsonl"), "--plot", str(plot)]) == 0
    watched = Watched(browser.new_page(viewport={"width": 1100, "height": 760}))
    page = watched.page
    page.goto(plot.as_uri())
    first = page.locator(".panel").first
    assert first.locator("rect.pattern").count() == 1
    box = first.locator(".spectrum path.anomaly").bounding_box()
    assert box is not None
    assert box["width"] > 900
    assert box["height"] > 80
    page.screenshot(path=screenshots / "plot.png")
    assert watched.wrong == []
    assert watched.asked == {"file://"}
