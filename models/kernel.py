"""The decorator of every compiled function here: cached on disk, and never stale."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from numba import njit

Record: TypeAlias = Any
"""A numpy record as the kernels see it: fields are attributes, and writing one changes the array behind it."""

F = TypeVar("F", bound=Callable[..., Any])


def _fingerprint(folder: Path) -> str:
    """Return a digest of all modules here: each of them may hold or feed kernels."""
    digest = sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


SOURCES = _fingerprint(Path(__file__).parent)


def kernel(function: F) -> F:
    """Compile `function` on first use, without the GIL; keep the machine code beside it on disk."""
    # As in NumPy, a division by zero gives an infinity or NaN: no value of a sensor may end a worker.
    dispatcher = njit(cache=True, nogil=True, _nrt=False, error_model="numpy")(function)
    # Numba looks only at the file of the outermost function when it judges its cached code, so a change in a
    # function that it calls would go unnoticed: the digest of all modules joins the stamp.
    cache_file = dispatcher._cache._cache_file
    cache_file._source_stamp = (cache_file._source_stamp, SOURCES)
    return dispatcher  # type: ignore[no-any-return]
