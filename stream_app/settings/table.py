"""The README's table of settings: `python -m stream_app.settings.table` prints it."""

import json
from typing import Any, Literal, get_args, get_origin

from stream_app.settings import Settings
from stream_app.settings.tree import is_secret, leaves, variable

_DEFAULTS = {"data_dir": "the user's data directory"}


def settings_table() -> str:
    """Return a Markdown table with one row a setting."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for path, info in leaves(Settings):
        rows.append(f"| `{variable(path)}` | {_default(path, info)} | {_meaning(info)} |")
    return "\n".join(rows)


def _default(path: str, info: Any) -> str:
    if path in _DEFAULTS:
        return _DEFAULTS[path]
    if info.default is None:
        return ""
    if isinstance(info.default, tuple):
        return f"`{json.dumps(info.default)}`"
    return f"`{str(info.default).lower() if isinstance(info.default, bool) else info.default}`"


def _meaning(info: Any) -> str:
    choices = [choice for kind in (info.annotation, *get_args(info.annotation)) for choice in _choices(kind)]
    named = f": {', '.join(f'`{choice}`' for choice in choices)}" if choices else ""
    secret = "; secret, `…_FILE` takes a file" if is_secret(info) else ""
    return f"{info.description}{named}{secret}"


def _choices(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) is Literal else ()


if __name__ == "__main__":
    print(settings_table())
