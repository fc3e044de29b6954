"""Which machine, which commit and which versions a figure was measured on."""

import hashlib
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypedDict

import psutil

ROOT = Path(__file__).resolve().parent.parent
MEASURED_PACKAGES = (
    "faust-streaming",
    "aiokafka",
    "confluent-kafka",
    "msgspec",
    "numpy",
    "numba",
    "quixstreams",
    "bytewax",
)


class Machine(TypedDict):
    """Processor name, cores this process may use, memory, operating system."""

    processor: str
    cores: int
    memory_bytes: int
    system: str


def machine() -> Machine:
    """Describe this machine without its name or address."""
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_bytes=psutil.virtual_memory().total,
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
    )


def commit() -> str | None:
    """Return the short commit of the source tree, with `+changes` where it differs; None outside a repository."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--abbrev=12", "--dirty=+changes", "--exclude=*"],
            cwd=ROOT, capture_output=True, text=True, timeout=10, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return described.stdout.strip() or None


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that a figure depends on; absent ones are left out."""
    found = {"python": platform.python_version()}
    for package in MEASURED_PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def source_digest() -> str:
    """Return a digest of the product's source files, to notice that they changed while something was measured."""
    digest = hashlib.sha256()
    for folder in ("stream_app", "agents", "models", "schemas", "connectors"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
