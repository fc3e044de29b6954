"""Models and drift in a real browser: real events, a real registry, and a champion that is moved from the page."""

import json
import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from connectors.embedded_kafka import EmbeddedKafka
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from connectors.model_registry.aliases import registry_reader
from schemas.topics import AUDIT
from tests.browser.conftest import Watched
from tests.browser.learning_events import ASSETS, MODEL, SHADOW_ROWS, fill_registry, publish_all
from tests.browser.web_role import WebRole
from tests.e2e.readings import read

TOKEN = "a token for this test alone"
WITHIN_MS = 45_000


@pytest.mark.timeout(240)
def test_a_champion_is_moved_from_the_page(
    broker: EmbeddedKafka, browser: Browser, tmp_path: Path, screenshots: Path
) -> None:
    connection = KafkaConnection(broker.bootstrap)
    create_topics(connection)
    data_dir = tmp_path / "data"
    uri = fill_registry(data_dir)
    publish_all(connection)
    (tmp_path / "token").write_text(TOKEN)
    with WebRole(broker.bootstrap, data_dir, WEB__ENGINEER_TOKEN_FILE=str(tmp_path / "token")) as web:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
        watched = Watched(context.new_page())
        page = watched.page
        page.goto(f"{web.url}/models")
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name=MODEL))
        expect(row).to_contain_text("challenger in shadow")
        page.screenshot(path=screenshots / "models.png")
        row.get_by_role("link", name=MODEL).click()
        versions_are_seen(page)
        nobody_else_may(page, web.url, uri)
        assert watched.wrong == []

        page.goto(f"{page.url}#token={TOKEN}".replace(" ", "%20"))
        expect(page.get_by_text("You are engineer")).to_be_visible()
        assert TOKEN.rsplit(maxsplit=1)[-1] not in page.url
        page.screenshot(path=screenshots / "model.png", full_page=True)
        move(page, "Promote…", "Promote version 2", uri, 2)
        promoted = page.locator("#life li").filter(has_text="Version 2 promoted in place of 1")
        expect(promoted).to_contain_text("by Ada: looks good")
        move(page, "Roll back to version 1…", "Roll back to version 1", uri, 1)
        assert aliases(uri) == {"champion": 1}
        audit_tells(broker.bootstrap)

        drift_is_seen(page, screenshots)
        other_looks(browser, web.url, screenshots)
        Path(uri.removeprefix("sqlite:///")).write_bytes(b"no database, but long enough to be read as one" * 20)
        page.goto(f"{web.url}/models/{MODEL.replace('%', '%25')}")
        expect(page.get_by_text("The model registry is away")).to_be_visible()
        expect(page.locator("#versions tbody tr")).to_have_count(3)
        expect(page.get_by_role("button", name="Promote…")).to_have_count(0)
        assert watched.asked == {web.url}
        assert watched.wrong == []
        assert TOKEN not in web.log.read_text()


def aliases(uri: str) -> dict[str, int]:
    return {alias: target.version for (name, alias), target in registry_reader(uri).aliases().items() if name == MODEL}


def versions_are_seen(page: Page) -> None:
    """Versions, metrics side by side by address, the challenger against the champion, and the life of the model."""
    rows = page.locator("#versions tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("✕ monitor-2: altered")
    expect(rows.nth(1)).to_contain_text("challenger")
    expect(rows.nth(2)).to_contain_text("2 serve it")
    metrics = page.locator("#metrics-of-training")
    expect(metrics.get_by_role("row").filter(has_text="ROC-AUC, injected faults")).to_contain_text("0.9870.951↑ better")
    page.get_by_role("combobox", name="Beside version").select_option("3")
    expect(page).to_have_url(re.compile(r"\?a=2&b=3$"))
    page.reload()
    expect(page.get_by_role("combobox", name="Beside version")).to_have_value("3")
    shadow = page.locator("#shadow")
    expect(shadow).to_contain_text(f"{SHADOW_ROWS} of 500 rows judged", timeout=WITHIN_MS)
    expect(shadow.get_by_role("row").filter(has_text="share of rare rows")).to_contain_text("✓ kept")
    life = page.locator("#life li")
    loaded = life.filter(has_text="Version 1 loaded as champion")
    expect(loaded).to_have_count(1)
    expect(loaded).to_contain_text("by monitor-2, monitor-1")
    expect(life.first).to_contain_text("Version 2 registered as challenger")
    expect(life.filter(has_text="Retraining led to version 2")).to_be_visible()


def nobody_else_may(page: Page, url: str, uri: str) -> None:
    """Without the token there are no buttons, a wrong one is refused, and so are requests of other sites."""
    before = aliases(uri)
    expect(page.get_by_role("button", name="Promote…")).to_have_count(0)
    page.get_by_label("Token of role engineer").fill("not this one, surely")
    page.get_by_role("button", name="Become engineer").click()
    expect(page.get_by_text("That is not the token.")).to_be_visible()
    where = f"{url}/api/v1/models/{MODEL.replace('%', '%25')}/promote"
    asked = {"version": 2, "champion": 1, "by": "Eve", "reason": "mine"}
    right = {"Authorization": f"Bearer {TOKEN}"}
    for headers, status in (
        ({}, 401),
        ({"Authorization": "Bearer no"}, 401),
        ({**right, "Origin": "http://evil.example"}, 403),
        ({**right, "Sec-Fetch-Site": "cross-site"}, 403),
    ):
        answer = httpx.post(where, json=asked, headers=headers)
        assert (answer.status_code, set(answer.json())) == (status, {"what", "why", "remedy"})
    late = httpx.post(where, json={**asked, "champion": 3}, headers=right)
    assert (late.status_code, late.json()["what"]) == (409, f"The champion of {MODEL} is version 1 by now")
    wrong = httpx.post(where, json={**asked, "version": 9}, headers=right, timeout=60)
    assert wrong.status_code == 409
    assert "has no version 9" in wrong.json()["why"]
    assert aliases(uri) == before


def move(page: Page, button: str, confirmed: str, uri: str, champion: int) -> None:
    """Press a button, find the version named, and confirm by keys alone."""
    page.get_by_role("button", name=button).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"{confirmed} of {MODEL}?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name=button).click()
    dialog.get_by_label("Your name").fill("Ada")
    dialog.get_by_label("Reason").fill("looks good")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0, timeout=WITHIN_MS)
    assert aliases(uri)["champion"] == champion
    expect(page.locator("#service dd").first).to_have_text(f"version {champion}")


def audit_tells(brokers: str) -> None:
    told = [(key, json.loads(value), headers) for _, _, key, value, headers in read(brokers, AUDIT)]
    mine = [(key, event, headers) for key, event, headers in told if event["subject"] == MODEL]
    assert [(e["action"], e["before"], e["after"], e["reason"]) for _, e, _ in mine] == [
        ("model.promote", "1", "2", "looks good"),
        ("model.rollback", "2", "1", "looks good"),
    ]
    assert mine[0][1]["actor"] == {"role": "engineer", "name": "Ada", "via": "page"}
    assert (mine[0][0], mine[0][2]["ce_type"]) == (b"engineer/Ada", b"pdm.audit.change_made.v1")


def drift_is_seen(page: Page, screenshots: Path) -> None:
    """Changes on the line of time and one by one, with what followed and the way to the asset in that time."""
    page.keyboard.press("d")
    expect(page.locator("#timeline .track a").first).to_be_visible()
    page.goto(f"{page.url}?model={MODEL.replace('%', '%25')}")
    expect(page.locator("#timeline .track a")).to_have_count(2)
    card = page.locator("[data-drift]")
    expect(card).to_contain_text("Why: fleet-wide shift")
    expect(card).to_contain_text("3 of 4 assets changed within 2 slots")
    expect(page.locator("#detail")).to_contain_text("Retraining led to version 2")
    page.screenshot(path=screenshots / "drift.png")
    page.keyboard.press("j")
    expect(card).to_contain_text("Why: asset degrades")
    expect(page).to_have_url(re.compile("id="))
    page.reload()
    expect(card).to_contain_text("Why: asset degrades")
    page.keyboard.press("k")
    page.locator("#detail").get_by_role("link", name=ASSETS[1]).click()
    expect(page).to_have_url(re.compile(rf"/asset/{ASSETS[1]}\?sensor=.*flow&from=.*&to="))
    page.go_back()
    expect(card).to_contain_text("Why: fleet-wide shift")


def other_looks(browser: Browser, url: str, screenshots: Path) -> None:
    """Dark, and on a phone nothing is wider than the screen."""
    places = {"models": "/models", "model": f"/models/{MODEL.replace('%', '%25')}", "drift": "/drift"}
    dark = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="dark")
    phone = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="light")
    for name, path in places.items():
        for page, look in ((dark, "dark"), (phone, "phone")):
            page.goto(url + path)
            expect(page.locator("main .card:not(.skeleton)").first).to_be_visible()
            page.wait_for_timeout(300)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, look)
            page.screenshot(path=screenshots / f"{name}-{look}.png", full_page=look == "phone")
    dark.close()
    phone.close()
