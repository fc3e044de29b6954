"""The README says what the program does."""

import re
from pathlib import Path

from stream_app.cli import COMMANDS
from stream_app.settings.table import settings_table

README = (Path(__file__).parents[3] / "README.md").read_text("utf-8")


def test_the_table_of_settings_is_current() -> None:
    found = re.search(r"<!-- settings -->\n(.*)\n<!-- /settings -->", README, re.DOTALL)
    assert found is not None
    assert found[1].strip() == settings_table(), "run `python -m stream_app.settings.table` and put it there"


def test_every_command_is_named() -> None:
    assert [name for name in COMMANDS if f"`{name}" not in README] == []
