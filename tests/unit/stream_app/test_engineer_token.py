"""The token of whoever runs the embedded Kafka: made once, for its owner alone, and shown to a terminal alone."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from schemas.errors import SettingsError
from stream_app.commands.up import _announce_engineer
from stream_app.engineer_token import own_engineer_token
from stream_app.output import Output
from stream_app.settings import Settings, load_settings
from stream_app.worker_children import web_child


def settings(folder: Path, **told: str) -> Settings:
    return load_settings({"STREAM_APP_DATA_DIR": str(folder), "STREAM_APP_WEB__PORT": "0", **told})


def test_it_is_made_once_and_given_to_the_page_as_a_file(tmp_path: Path) -> None:
    path = own_engineer_token(settings(tmp_path))
    assert path is not None
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    word = path.read_text()
    assert len(word) >= 32
    child = web_child(settings(tmp_path), "127.0.0.1:1")
    assert child is not None
    assert child.spec.env["STREAM_APP_WEB__ENGINEER_TOKEN_FILE"] == str(path)
    assert path.read_text() == word
    served = load_settings({"STREAM_APP_WEB__ENGINEER_TOKEN_FILE": str(path)})
    assert served.web.engineer_token is not None
    assert served.web.engineer_token.get_secret_value() == word


@pytest.mark.parametrize(
    "told", [{"STREAM_APP_BROKERS": "kafka:9092"}, {"STREAM_APP_WEB__ENGINEER_TOKEN": "one that was configured"}]
)
def test_none_is_made_where_rules_are_configured(tmp_path: Path, told: dict[str, str]) -> None:
    assert own_engineer_token(settings(tmp_path, **told)) is None
    child = web_child(settings(tmp_path, **told), "127.0.0.1:1")
    assert child is not None
    assert "STREAM_APP_WEB__ENGINEER_TOKEN_FILE" not in child.spec.env
    assert not (tmp_path / "keys").exists()


def test_only_a_terminal_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    up = SimpleNamespace(settings=settings(tmp_path), web=SimpleNamespace(url="http://127.0.0.1:1"))
    path = own_engineer_token(up.settings)
    assert path is not None
    _announce_engineer(Output(), up)
    said = capsys.readouterr().out
    assert str(path) in said
    assert path.read_text() not in said
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    _announce_engineer(Output(), up)
    assert f"http://127.0.0.1:1/#token={path.read_text()}" in capsys.readouterr().out


def test_a_short_one_is_refused_without_being_shown() -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({"STREAM_APP_WEB__ENGINEER_TOKEN": "hunter2"})
    assert "16" in str(refused.value)
    assert "hunter2" not in str(refused.value)
