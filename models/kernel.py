"""The decorator of every compiled function here: cached on disk, and never stale."""

import re
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from numba import njit

Record: TypeAlias = Any
"""A numpy record as the kernels see it: fields are attributes, and writing one changes the array behind it."""

F = TypeVar("F", bound=Callable[..., Any])


_PROJECT = Path(__file__).parents[1]
_IMPORT = re.compile(rb"^(?:from|import) ((?:models|schemas)[\w.]*)(?: import ([^\n(]+|\([^)]*\)))?", re.MULTILINE)


@cache
def _imported(path: Path, project: Path) -> frozenset[Path]:
    """Return the modules of `project` that the module at `path` imports at its top."""
    found: set[Path] = set()
    for package, names in _IMPORT.findall(path.read_bytes()):
        folder = project.joinpath(*package.decode().split("."))
        inside = [folder / f"{name.decode()}.py" for name in re.findall(rb"\w+", names)]
        found.update(each for each in (folder.with_suffix(".py"), folder / "__init__.py", *inside) if each.is_file())
    return frozenset(found)


@cache
def sources_digest(path: Path, project: Path = _PROJECT) -> str:
    """Return a digest of the module at `path` and of all that it imports, however far: any may feed its kernels."""
    reached, to_visit = {path}, [path]
    while to_visit:
        new = _imported(to_visit.pop(), project) - reached
        reached |= new
        to_visit += new
    digest = sha256()
    for each in sorted(reached):
        digest.update(each.relative_to(project).as_posix().encode() + b"\0" if each.is_relative_to(project) else b"")
        digest.update(each.read_bytes() + b"\0")
    return digest.hexdigest()


def kernel(function: F) -> F:
    """Compile `function` on first use, without the GIL; keep the machine code beside it on disk."""
    # As in NumPy, a division by zero gives an infinity or NaN: no value of a sensor may end a worker.
    dispatcher = njit(cache=True, nogil=True, _nrt=False, error_model="numpy")(function)
    # Numba looks only at the file of the outermost function when it judges its cached code, so a change in a
    # function that it calls would go unnoticed: the digest of all that its module imports joins the stamp.
    cache_file = dispatcher._cache._cache_file
    cache_file._source_stamp = (cache_file._source_stamp, sources_digest(Path(function.__code__.co_filename)))
    return dispatcher  # type: ignore[no-any-return]
