"""The REST interface on a filled store."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from schemas.times import format_time
from stream_app.web.app import make_app, openapi_document
from stream_app.web.pages import STATIC
from tests.unit.web.filled import PERIOD_US, READINGS, SENSORS, SPIKE_AT, START_US, block, filled, health, parts, record


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    store = filled()
    store.take_signals([record(block("fan-2/speed", 100.0))] * 3)
    store.take_health([record(health("pump-1/flow", "stuck"))])
    with TestClient(make_app(parts(store))) as opened:
        yield opened


def get(client: TestClient, path: str, **query: Any) -> Any:
    answer = client.get(f"/api/v1/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_sensors_are_listed_and_found(client: TestClient) -> None:
    assert [one["sensor_id"] for one in get(client, "sensors")["sensors"]] == sorted(SENSORS)
    assert get(client, "sensors", search="SPEED")["total"] == 1
    page = get(client, "sensors", limit=1, offset=1)
    assert (page["total"], [one["sensor_id"] for one in page["sensors"]]) == (4, ["fan-2/vibration"])
    assert {one["asset_id"] for one in get(client, "sensors", asset="pump-1")["sensors"]} == {"pump-1"}


def test_one_sensor(client: TestClient) -> None:
    one = get(client, "sensors/fan-2/vibration")
    assert (one["state"], one["unit"], one["points_held"]) == ("act", "x", READINGS)
    assert one["period_s"] == pytest.approx(PERIOD_US / 1e6)
    assert one["last_ts"] == format_time(START_US + (READINGS - 1) * PERIOD_US)
    assert (one["expected"], one["low"], one["high"]) == (10.0, 8.0, 12.0)
    assert [anomaly["anomaly_id"] for anomaly in one["open_anomalies"]] == ["new"]
    assert get(client, "sensors/pump-1/flow")["health"] == "stuck"


def test_a_series_keeps_its_spike_however_few_points(client: TestClient) -> None:
    series = get(client, "sensors/fan-2/vibration/series", points=20)
    assert len(series["ts_us"]) == len(series["value"]) <= 20
    assert max(series["value"]) == 99.0
    assert series["ts_us"][series["value"].index(99.0)] == START_US + SPIKE_AT * PERIOD_US
    assert set(series["band"]["low"]) == {8.0}
    assert len(get(client, "sensors/fan-2/vibration/series", points=5000)["ts_us"]) == READINGS


def test_a_stretch_of_a_series(client: TestClient) -> None:
    begin, end = START_US + 100 * PERIOD_US, START_US + 200 * PERIOD_US
    for query in ({"from": format_time(begin), "to": format_time(end)}, {"from": begin / 1e6, "to": end / 1e6}):
        ts_us = get(client, "sensors/pump-1/flow/series", **query)["ts_us"]
        # One more on each side, so that the line reaches the edges.
        assert (ts_us[0], ts_us[-1], len(ts_us)) == (begin - PERIOD_US, end + PERIOD_US, 103)


def test_the_spectrum_of_blocks_and_of_readings(client: TestClient) -> None:
    of_blocks = get(client, "sensors/fan-2/speed/spectrum")
    highest = max(range(len(of_blocks["amplitude"])), key=of_blocks["amplitude"].__getitem__)
    assert of_blocks["frequency_hz"][highest] == pytest.approx(100.0, abs=1.0)
    assert (of_blocks["source"], of_blocks["healthy_blocks"]) == ("signals", 3)
    assert of_blocks["healthy"] == pytest.approx(of_blocks["amplitude"])
    of_readings = get(client, "sensors/fan-2/vibration/spectrum")
    # 1,000 readings are 3 windows of 256; the anomaly is open in the last one.
    assert (of_readings["source"], of_readings["healthy_blocks"]) == ("readings", 2)
    assert of_readings["rate_hz"] == pytest.approx(10.0)


def test_the_fleet_stands_worst_first(client: TestClient) -> None:
    fleet = get(client, "assets")
    assert [(one["asset_id"], one["state"]) for one in fleet["assets"]] == [("fan-2", "act"), ("pump-1", "sensor")]
    assert fleet["counts"] == {"act": 1, "attention": 0, "sensor": 1, "silent": 0, "learning": 0, "normal": 0}
    worst = fleet["assets"][0]
    assert worst["worst"]["anomaly_id"] == "new"
    assert worst["since_ts"] == worst["worst"]["start_ts"]
    assert worst["sparkline"]["sensor_id"] == "fan-2/vibration"
    assert len(worst["sparkline"]["value"]) <= 60
    assert 99.0 in worst["sparkline"]["value"]
    assert get(client, "assets", search="flow")["total"] == 1


def test_one_asset(client: TestClient) -> None:
    asset = get(client, "assets/fan-2")
    assert [one["sensor_id"] for one in asset["sensors"]] == ["fan-2/vibration", "fan-2/speed"]
    assert [one["anomaly_id"] for one in asset["anomalies"]] == ["new", "old"]


def test_anomalies_are_chosen(client: TestClient) -> None:
    def ids(**query: Any) -> list[str]:
        return [one["anomaly_id"] for one in get(client, "anomalies", **query)["anomalies"]]

    assert ids() == ["new", "old"]
    assert ids(limit=1) == ["new"]
    assert ids(open=True) == ["new"]
    assert ids(open=False, sensor="fan-2/speed") == ["old"]
    assert ids(asset="pump-1") == []
    assert ids(since=format_time(START_US + 151 * PERIOD_US)) == ["new"]
    assert get(client, "anomalies")["anomalies"][1]["end_ts"] == format_time(START_US + 150 * PERIOD_US)


def test_the_pipeline_without_workers(client: TestClient) -> None:
    pipeline = get(client, "pipeline")
    assert (pipeline["workers"], pipeline["readings_per_s"]) == ([], None)


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("sensors/no/such", 404, "no/such"),
        ("sensors/no/such/series", 404, "no/such"),
        ("sensors/no/such/spectrum", 404, "no/such"),
        ("assets/nobody", 404, "nobody"),
        ("nothing", 404, "nothing"),
        ("anomalies?limit=0", 422, "limit"),
        ("anomalies?since=yesterday", 422, "since"),
        ("sensors/pump-1/flow/series?points=1", 422, "points"),
        ("sensors/pump-1/flow/series?from=1e999", 422, "from"),
        ("stream?topics=gossip", 422, "0"),
    ],
)
def test_errors_say_what_why_and_what_to_do(client: TestClient, path: str, status: int, said: str) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == status
    assert set(answer.json()) == {"what", "why", "remedy"}
    assert said in answer.json()["what"]


def test_probes(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 503
    assert "pdm_web_streams" in client.get("/metrics").text


@pytest.mark.parametrize(
    "path", ["/", "/asset/fan-2", "/asset/a/b", "/anomalies", "/models", "/models/a%2520b", "/drift", "/pipeline"]
)
def test_every_state_of_the_page_has_an_address(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'self';")
    for file in re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text):
        assert client.get(file).status_code == 200, file


def test_the_page_is_light_and_asks_nobody_else() -> None:
    files = [file for file in STATIC.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 300_000
    for file in files:
        if file.suffix in {".html", ".js", ".css"} and "vendor" not in file.parts:
            text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
            assert "//" not in re.sub(r"(?m)^\s*//.*$|\s// .*$", "", text).replace("http", ""), file
            assert "innerHTML" not in text
    page = (STATIC / "index.html").read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page), "nothing inline"
    assert (STATIC / "vendor" / "uplot" / "LICENSE").read_text("utf-8").startswith("The MIT License")


def test_another_name_is_not_answered_on_loopback() -> None:
    with TestClient(make_app(parts(filled())), base_url="http://evil.example") as foreign:
        assert foreign.get("/api/v1/sensors").status_code == 400
    with TestClient(make_app(parts(filled()), "0.0.0.0"), base_url="http://pdm.example") as own:
        assert own.get("/api/v1/sensors").status_code == 200


def test_the_role_loads_nothing_that_only_training_needs() -> None:
    script = (
        "import sys, stream_app.roles.web, stream_app.web.app\nstream_app.web.app.openapi_document()\n"
        "heavy = {'mlflow', 'torch', 'sklearn', 'river', 'lightgbm', 'librosa', 'optuna', 'faust', 'pandas'}\n"
        "sys.exit(sorted(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_document_is_openapi_3_1() -> None:
    document = openapi_document()
    assert document["openapi"].startswith("3.1")
    for path in (
        "sensors",
        "sensors/{sensor_id}",
        "sensors/{sensor_id}/series",
        "anomalies",
        "models",
        "drift",
        "pipeline",
        "stream",
    ):
        operation = document["paths"][f"/api/v1/{path}"]["get"]
        assert operation["responses"]["422"]["content"]["application/json"]["schema"]["$ref"].endswith("/Problem")
    assert Path(STATIC / "index.html").exists()
