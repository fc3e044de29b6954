"""Where the real data lie that tests read but never ship."""

import os
from pathlib import Path

import pytest

_BESIDE_THE_PROJECT = Path(__file__).parents[2] / "shared" / "data"


def shared_data(part: str) -> Path:
    """Path of a file or folder of the real data; the test is skipped where it is absent."""
    path = Path(os.environ.get("STREAM_APP_TEST_DATA") or _BESIDE_THE_PROJECT) / part
    if not path.exists():
        pytest.skip(f"real data not found: {path} (set STREAM_APP_TEST_DATA to the folder that holds nab/)")
    return path
