"""What a command says on stdout: text for people, or JSON and nothing else with `--json`."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any


class Output:
    """The stdout of one command; `json` is switched by `--json` before the command runs."""

    def __init__(self, json: bool = False) -> None:
        self.json = json

    def document(self, content: Mapping[str, Any]) -> None:
        """Print `content` as one JSON document; nothing without `--json`."""
        if self.json:
            _print(_encoded(content))

    def line(self, content: Mapping[str, Any], text: str | None = None) -> None:
        """Print one line of a stream: JSON with `--json`, else `text`, or JSON where no text is given."""
        _print(_encoded(content) if self.json or text is None else text)

    def text(self, text: str) -> None:
        """Print `text` for people; nothing with `--json`."""
        if not self.json:
            _print(text)

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Print aligned columns for people, numbers to the right; nothing with `--json`."""
        self.text(aligned(headers, rows))


def aligned(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return `rows` under `headers` as columns, two spaces apart."""
    cells = [[*map(str, headers)], *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headers))]
    right = [bool(rows) and all(_is_number(row[i]) for row in rows) for i in range(len(headers))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in cells
    )


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if _is_number(value) else str(value)


def _encoded(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, default=str)


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
