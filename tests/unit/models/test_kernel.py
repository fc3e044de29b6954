"""Machine code kept on disk is never that of older sources."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import kernel as kernel_module
from models.series_kernel import advance


def test_the_digest_covers_functions_that_a_kernel_calls(tmp_path: Path) -> None:
    (tmp_path / "detectors").mkdir()
    inner = tmp_path / "detectors" / "inner.py"
    inner.write_text("a = 1\n")
    before = kernel_module._fingerprint(tmp_path)
    inner.write_text("a = 2\n")
    assert kernel_module._fingerprint(tmp_path) != before


def test_the_digest_is_part_of_the_cache_stamp() -> None:
    stamp = advance._cache._cache_file._source_stamp  # type: ignore[attr-defined]
    assert stamp[1] == kernel_module.SOURCES


def test_code_of_other_sources_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)  # loading kept code imports the module that it came from
    module = tmp_path / "outer_of_kernel_test.py"
    module.write_text("def twice(x):\n    return 2 * x\n")

    def hits(digest: str) -> int:
        kernel_module.SOURCES = digest
        names: dict[str, Any] = {"__name__": module.stem}
        exec(compile(module.read_text(), str(module), "exec"), names)
        compiled = kernel_module.kernel(names["twice"])
        assert compiled(np.float64(2.0)) == 4.0
        return sum(compiled.stats.cache_hits.values())

    kept = kernel_module.SOURCES
    try:
        assert [hits("one"), hits("one"), hits("two"), hits("two")] == [0, 1, 0, 1]
    finally:
        kernel_module.SOURCES = kept
