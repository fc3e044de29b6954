"""`drift check` and `drift report` on real feature rows, and the report in a real browser."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from connectors.embedded_kafka import EmbeddedKafka
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from schemas.topics import FEATURES
from stream_app import cli
from tests.browser.conftest import Watched
from tests.e2e.feature_blocks import ASSETS, SLOT_S, blocks
from tests.e2e.readings import publish


def test_what_a_shifted_fleet_looks_like(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    browser: Browser,
    screenshots: Path,
) -> None:
    monkeypatch.setenv("STREAM_APP_DRIFT__SLOT_S", str(SLOT_S))
    monkeypatch.setenv("STREAM_APP_DRIFT__SEASON_S", "0")
    monkeypatch.setenv("STREAM_APP_DRIFT__LEARN_SLOTS", "20")
    monkeypatch.setenv("STREAM_APP_QUARANTINE__LOOK_BACK_S", "60")
    with EmbeddedKafka(tmp_path / "kafka") as kafka:
        monkeypatch.setenv("STREAM_APP_BROKERS", kafka.bootstrap)
        create_topics(KafkaConnection(kafka.bootstrap), partitions=3, names=[FEATURES])
        assert cli.run(["drift", "check"]) == 5
        assert "no feature rows" in capsys.readouterr().err
        publish(kafka.bootstrap, FEATURES, [*blocks(0, 60, 0.0), *blocks(60, 75, 4.0)])
        assert cli.run(["drift", "check", "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        report = tmp_path / "folder" / "report.html"
        assert cli.run(["drift", "report", "--out", str(report)]) == 0
        assert cli.run(["drift", "check", "--since", "yesterday"]) == 2
    (finding,) = said["findings"]
    assert (finding["cause"], finding["assets"], said["assets"]) == ("fleet_shift", ASSETS, len(ASSETS))

    watched = Watched(browser.new_page(viewport={"width": 1280, "height": 600}))
    watched.page.goto(report.as_uri())
    assert "Fleet-wide shift" in watched.page.inner_text("h2")
    assert watched.page.locator("section svg").count() == 2
    watched.page.screenshot(path=screenshots / "drift-report.png", full_page=True)
    assert watched.wrong == []
    assert watched.asked == {"file://"}
