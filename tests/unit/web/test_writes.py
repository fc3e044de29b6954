"""Nobody changes a champion from the page without role engineer, from another site, or on what is no longer so."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from connectors.model_registry.aliases import Aliases, AliasTarget
from connectors.model_registry.versions import Version
from schemas.errors import UnavailableError
from stream_app.web.access import Access
from stream_app.web.app import make_app
from stream_app.web.learning.parts import LearningParts
from stream_app.web.learning.registry_book import RegistryBook
from stream_app.web.parts import Parts
from tests.unit.web.filled import filled, parts

MODEL = "pdm.readings.flow"
WORD = "quite long enough"
RIGHT = {"Authorization": f"Bearer {WORD}"}
ASKED = {"version": 2, "champion": 1, "by": "Ada", "reason": "--better"}


class Registry:
    """Two versions, the first of them champion; or away."""

    away = False

    def aliases(self) -> Aliases:
        return {}

    def files(self, target: AliasTarget) -> dict[str, bytes]:
        return {}

    def versions(self) -> list[Version]:
        if self.away:
            raise UnavailableError("MLflow at x does not answer; start it.")
        return [
            Version(MODEL, number, "r", "s", 0, {"algorithm": "neighbours"}, aliases, {"stability": 0.5})
            for number, aliases in ((1, ("champion",)), (2, ()))
        ]


@dataclass
class Desk:
    """What would be run, and what it would answer."""

    said: tuple[int, str] = (0, "")
    asked: list[list[str]] = field(default_factory=list)
    kafka: bool = True

    def run(self, arguments: list[str]) -> tuple[int, str]:
        self.asked.append(arguments)
        return self.said

    def reach(self) -> None:
        if not self.kafka:
            raise UnavailableError("no Kafka broker answers at y")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def made(desk: Desk, registry: Registry) -> Parts:
    whole = parts(filled())
    whole.access = Access(SecretStr(WORD), None)
    whole.learning = LearningParts(RegistryBook(registry), command=desk.run, reach_kafka=desk.reach)
    return whole


@pytest.fixture
def client(made: Parts) -> Iterator[TestClient]:
    with TestClient(make_app(made)) as opened:
        yield opened


def post(client: TestClient, what: str = "promote", headers: dict[str, str] = RIGHT, **other: Any) -> Any:
    return client.post(f"/api/v1/models/{MODEL}/{what}", json=ASKED | other, headers=headers)


def test_a_command_is_run_whose_arguments_are_no_options(client: TestClient, desk: Desk) -> None:
    answer = post(client)
    assert (answer.status_code, answer.json()) == (200, {"model": MODEL, "version": "2", "previous": "1"})
    assert post(client, "rollback").status_code == 200
    who = "--engineer=Ada"
    assert desk.asked == [
        ["models", "promote", "--reason=--better", "--instead-of=1", who, "--", MODEL, "2"],
        ["models", "rollback", "--reason=--better", "--to=2", "--instead-of=1", who, "--", MODEL],
    ]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"Authorization": WORD}, 401),
        ({"Authorization": f"Bearer {WORD[:-1]}"}, 401),
        ({**RIGHT, "Origin": "null"}, 403),
        ({**RIGHT, "Origin": "http://testserver.evil"}, 403),
        ({**RIGHT, "Sec-Fetch-Site": "same-site"}, 403),
        ({**RIGHT, "Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_who_may(client: TestClient, desk: Desk, headers: dict[str, str], status: int) -> None:
    answer = post(client, headers=headers)
    assert answer.status_code == status
    assert bool(desk.asked) == (status == 200)
    assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)


def test_without_a_token_nothing_can_be_changed(client: TestClient, desk: Desk) -> None:
    with TestClient(make_app(parts(filled()))) as closed:
        for headers in ({}, RIGHT):
            answer = post(closed, headers=headers)
            assert answer.status_code == 403
            assert "STREAM_APP_WEB__ENGINEER_TOKEN" in answer.json()["remedy"]
        assert closed.get("/api/v1/access").json() == {"role": "listener", "writing": False}
    assert client.get("/api/v1/access", headers=RIGHT).json() == {"role": "engineer", "writing": True}


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        (lambda desk, registry: setattr(registry, "away", True), 503, "does not answer"),
        (lambda desk, registry: setattr(desk, "kafka", False), 503, "no Kafka broker"),
    ],
)
def test_what_is_away_is_told_and_nothing_is_changed(
    client: TestClient,
    desk: Desk,
    registry: Registry,
    change: Callable[[Desk, Registry], None],
    status: int,
    word: str,
) -> None:
    change(desk, registry)
    answer = post(client)
    assert (answer.status_code, desk.asked) == (status, [])
    assert word in answer.json()["why"]


def test_a_champion_that_was_moved_meanwhile_stays(client: TestClient, desk: Desk) -> None:
    for champion in (None, 2):
        answer = post(client, champion=champion)
        assert (answer.status_code, desk.asked) == (409, [])
        assert "is version 1 by now" in answer.json()["what"]


@pytest.mark.parametrize(("code", "status"), [(2, 409), (4, 503), (5, 409), (1, 500)])
def test_what_a_command_says_is_passed_on(client: TestClient, desk: Desk, code: int, status: int) -> None:
    desk.said = (code, "stream-app: it is signed by nobody")
    answer = post(client)
    assert (answer.status_code, answer.json()["why"]) == (status, "it is signed by nobody")


@pytest.mark.parametrize(
    "wrong", [{"version": 0}, {"by": ""}, {"by": "A\nB"}, {"reason": "x" * 500}, {"champion": "a"}]
)
def test_what_is_no_decision_is_refused(client: TestClient, desk: Desk, wrong: dict[str, Any]) -> None:
    answer = post(client, **wrong)
    assert (answer.status_code, desk.asked) == (422, [])


def test_a_registry_that_is_away_leaves_what_kafka_tells(client: TestClient, made: Parts, registry: Registry) -> None:
    assert [one["champion"] for one in client.get("/api/v1/models").json()["models"]] == ["1"]
    registry.away = True
    made.learning.registry.read(anew=True)
    answer = client.get("/api/v1/models").json()
    assert (answer["models"], answer["registry_trouble"]) == ([], "MLflow at x does not answer; start it.")
    assert client.get(f"/api/v1/models/{MODEL}").status_code == 404
