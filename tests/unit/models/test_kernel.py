"""Machine code kept on disk is never that of older sources, and only of those that it comes from."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import kernel as kernel_module
from models import series_kernel
from models.kernel import kernel, sources_digest


def _project(root: Path) -> Path:
    (root / "models" / "parts").mkdir(parents=True)
    (root / "models" / "outer.py").write_text("from models.parts.near import (\n    near,\n)\n")
    (root / "models" / "parts" / "near.py").write_text("import numpy\nfrom models.parts import far\n")
    (root / "models" / "parts" / "far.py").write_text("a = 1\n")
    (root / "models" / "other.py").write_text("a = 1\n")
    return root


def _digest(project: Path) -> str:
    kernel_module._imported.cache_clear()
    sources_digest.cache_clear()
    return sources_digest(project / "models" / "outer.py", project)


@pytest.mark.parametrize(
    ("changed", "matters"),
    [("outer.py", True), ("parts/near.py", True), ("parts/far.py", True), ("other.py", False)],
)
def test_the_digest_covers_what_a_module_imports_and_no_more(tmp_path: Path, changed: str, matters: bool) -> None:
    project = _project(tmp_path)
    before = _digest(project)
    module = project / "models" / changed
    module.write_text(module.read_text() + "b = 2\n")
    assert (_digest(project) != before) == matters


def test_the_digest_is_part_of_the_cache_stamp() -> None:
    stamp = series_kernel.advance._cache._cache_file._source_stamp  # type: ignore[attr-defined]
    assert stamp[1] == sources_digest(Path(series_kernel.__file__))


def test_code_of_other_sources_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)  # loading kept code imports the module that it came from
    module = tmp_path / "outer_of_kernel_test.py"
    module.write_text("def twice(x):\n    return 2 * x\n")

    def hits(digest: str) -> int:
        monkeypatch.setattr(kernel_module, "sources_digest", lambda path: digest)
        names: dict[str, Any] = {"__name__": module.stem}
        exec(compile(module.read_text(), str(module), "exec"), names)
        compiled = kernel(names["twice"])
        assert compiled(np.float64(2.0)) == 4.0
        return sum(compiled.stats.cache_hits.values())

    assert [hits("one"), hits("one"), hits("two"), hits("two")] == [0, 1, 0, 1]
