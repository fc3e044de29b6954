"""The public formats as documents."""

import json
from pathlib import Path

import pytest

from schemas.topics import TOPICS
from stream_app import cli
from stream_app.openapi import openapi_document


@pytest.mark.parametrize("what", ["asyncapi", "jsonschema", "openapi"])
def test_one_document_on_stdout(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["schema", what], ["schema", what, "--json"]):
        assert cli.run(arguments) == 0
        assert isinstance(json.loads(capsys.readouterr().out), dict)


@pytest.mark.parametrize("what", ["asyncapi", "jsonschema", "openapi"])
def test_files_in_a_directory(what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["schema", what, "--out", str(tmp_path / "new"), "--json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert files
    for path in files:
        assert isinstance(json.loads(Path(path).read_text("utf-8")), dict)


def test_asyncapi_names_every_topic(capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(["schema", "asyncapi", "--json"])
    channels = json.loads(capsys.readouterr().out)["channels"]
    assert {channel["address"] for channel in channels.values()} == set(TOPICS)


def test_a_directory_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert cli.run(["schema", "openapi", "--out", str(tmp_path / "file" / "below")]) == 4
    assert "choose another --out" in capsys.readouterr().err


def test_openapi_names_the_views_that_a_worker_has() -> None:
    roles = Path(__file__).parents[3] / "stream_app/roles"
    views = "".join((roles / name).read_text("utf-8") for name in ("health_views.py", "sensor_views.py"))
    for path in openapi_document()["paths"]:
        assert f'"{path.removesuffix("{sensor_id}/")}' in views, path
