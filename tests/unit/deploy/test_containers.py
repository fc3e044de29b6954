"""The compose file, the Dockerfile and the code say the same things."""

import json
import re
from pathlib import Path

import pytest

from connectors.embedded_kafka.jars import locked_jars
from stream_app.cli import COMMANDS
from stream_app.roles import ROLES
from stream_app.settings import Settings
from stream_app.settings.tree import leaves, variable

ROOT = Path(__file__).parents[3]
COMPOSE = (ROOT / "docker-compose.yml").read_text("utf-8")
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
IGNORED = (ROOT / ".dockerignore").read_text("utf-8").splitlines()


@pytest.mark.parametrize("text", [COMPOSE, DOCKERFILE], ids=["docker-compose.yml", "Dockerfile"])
def test_every_setting_is_known(text: str) -> None:
    known = {variable(path) for path, _ in leaves(Settings)}
    assert set(re.findall(r"STREAM_APP_[A-Z_]+", text)) <= known


def test_the_broker_is_the_version_that_is_embedded() -> None:
    [version] = [jar.version for jar in locked_jars() if jar.artifact == "kafka_2.13"]
    assert re.findall(r"image: apache/kafka:(\S+)", COMPOSE) == [version]


def test_ports_are_published_on_loopback_and_are_those_listened_on() -> None:
    published = re.findall(r'ports: \["([^"]*):(\d+)"\]', COMPOSE)
    assert len(published) == COMPOSE.count("ports:") == 4
    assert all(host.startswith("127.0.0.1:") for host, _ in published)
    worker_port, web_port = str(Settings().worker.port), str(Settings().web.port)
    assert {port for _, port in published} == {"9092", worker_port, web_port}
    assert f"EXPOSE {web_port}\n" in DOCKERFILE
    assert f"EXPOSE {worker_port}\n" in DOCKERFILE
    assert f":{worker_port}/healthz" in DOCKERFILE
    assert "HOST://:9092" in COMPOSE


def test_no_password_is_written_down() -> None:
    for line in COMPOSE.splitlines():
        for given in re.findall(r"(?:PASSWORD: |password=|user_\S+=)(.*)", line):
            assert given.lstrip('"').startswith("${KAFKA_PASSWORD:?"), line


def test_commands_and_roles_exist() -> None:
    commands = [json.loads(words) for words in re.findall(r'command: (\["[^\n]*\])', COMPOSE)]
    assert commands
    for words in commands:
        assert words[0] in COMMANDS
        if words[0] == "worker":
            assert words[1] in ROLES
    assert {words[1] for words in commands if words[0] == "worker"} == set(ROLES)


def test_what_is_copied_exists_and_reaches_the_engine() -> None:
    copied = [name for line in re.findall(r"^COPY (?!--)(.*) \S+$", DOCKERFILE, re.MULTILINE) for name in line.split()]
    assert {"connectors", "requirements/learning.txt", "LICENSE"} <= set(copied)
    for name in copied:
        assert (ROOT / name).exists(), name
        assert f"!{name}" in IGNORED, name


def test_long_running_services_have_a_health_check() -> None:
    services = re.split(r"^  (?=\w+:\n)", COMPOSE.split("\nservices:\n")[1].split("\nvolumes:\n")[0], flags=re.M)
    checks = {block.split(":")[0]: block for block in services if block.strip()}
    assert "healthcheck:\n" in checks["kafka"]
    # The image checks the worker; the one-shot services switch that off.
    assert "HEALTHCHECK" in DOCKERFILE
    assert "healthcheck" not in checks["monitor"] + checks["learn"]
    assert f":{Settings().web.port}/healthz" in checks["web"]
    assert all("disable: true" in checks[name] for name in ("topics", "simulate"))
