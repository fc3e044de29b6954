"""Decorators for kernels: compiled by numba at the first call, run without the interpreter's lock."""

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

from numba import njit

# A uint64 inside kernels. Mixed with signed numbers it would turn into a float, so words stay among words.
Word: TypeAlias = Any
Kernel = TypeVar("Kernel", bound=Callable[..., Any])

# What Python never calls needs no way in for Python: a quarter of the time to compile.
_INNER = {"nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def compiled(kernel: Kernel) -> Kernel:
    """Compile a kernel that Python calls; the machine code is kept on disk."""
    return cast("Kernel", njit(cache=True, nogil=True)(kernel))


def inner(kernel: Kernel) -> Kernel:
    """Compile a kernel that only other kernels call, and seldom."""
    return cast("Kernel", njit(**_INNER)(kernel))


def inlined(kernel: Kernel) -> Kernel:
    """Compile a kernel into each of its callers: for small ones on the hot path."""
    return cast("Kernel", njit(**_INNER, forceinline=True)(kernel))
