"""Ten kills under load lose nothing, double nothing, and leave every state as it must be."""

from pathlib import Path

import pytest

from benchmarks.chaos.run import Options, run


@pytest.mark.timeout(600)
def test_ten_kills(tmp_path: Path) -> None:
    result = run(Options(kills=10, rate=2000), tmp_path, print)
    assert result.passed, result
