"""The jars of the embedded broker: fetched once through jgo, checked against the committed sums at each use."""

import hashlib
import os
import shutil
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from schemas.errors import BadDataError, UnavailableError

SPEC_FILE = Path(__file__).with_name("jgo.toml")
LOCK_FILE = Path(__file__).with_name("jgo.lock.toml")

DOWNLOADS_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class LockedJar:
    """One jar by its Maven coordinate and the SHA-256 sum of its bytes (hex)."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """Name of the file, as Maven has it."""
        return f"{self.artifact}-{self.version}.jar"


def locked_jars(lock_file: Path = LOCK_FILE) -> list[LockedJar]:
    """Return the jars of a lock file in its order."""
    entries = tomllib.loads(lock_file.read_text("utf-8"))["dependencies"]
    return [LockedJar(one["groupId"], one["artifactId"], one["version"], one["sha256"]) for one in entries]


def default_jar_dir(lock_file: Path = LOCK_FILE) -> Path:
    """Return the folder of the user's cache that belongs to exactly this lock file."""
    digest = hashlib.sha256(lock_file.read_bytes()).hexdigest()[:12]
    return user_cache_path("stream-app") / f"kafka-jars-{digest}"


def verified_jars(jar_dir: Path | None = None, lock_file: Path = LOCK_FILE) -> list[Path]:
    """Return the paths of all locked jars, fetched where absent, each with the locked SHA-256 sum.

    Raises UnavailableError when a jar cannot be fetched and BadDataError when what came has another sum.
    """
    folder = jar_dir or default_jar_dir(lock_file)
    folder.mkdir(parents=True, exist_ok=True)
    jars = locked_jars(lock_file)
    absent = [jar for jar in jars if not _intact(folder / jar.file_name, jar)]
    if absent:
        _fetch(absent, folder)
    return [folder / jar.file_name for jar in jars]


def _intact(path: Path, jar: LockedJar) -> bool:
    return path.is_file() and _sha256(path) == jar.sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(jars: list[LockedJar], folder: Path) -> None:
    # Each process fetches into a folder of its own and moves whole, verified files: nobody sees half a file.
    staging = Path(tempfile.mkdtemp(prefix="fetching-", dir=folder))
    try:
        with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
            for jar, fetched in zip(jars, pool.map(lambda jar: _download(jar, staging), jars), strict=True):
                found = _sha256(fetched)
                if found != jar.sha256:
                    raise BadDataError(
                        f"{jar.file_name} was fetched with SHA-256 {found}, the lock says {jar.sha256}: "
                        "do not use it; check the repository or proxy that it came from"
                    )
                os.replace(fetched, folder / jar.file_name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _download(jar: LockedJar, repo_cache: Path) -> Path:
    try:
        from jgo.config import GlobalSettings
        from jgo.constants import MAVEN_CENTRAL_URL
        from jgo.maven import MavenContext
    except ImportError as missing:
        raise UnavailableError(
            f"the embedded Kafka needs the package {missing.name}: install stream-app[embedded], "
            "or name your own brokers in STREAM_APP_BROKERS"
        ) from missing
    # What jgo's own commands do: the user's jgo.conf may name repositories besides the default one.
    repositories = {"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories}
    context = MavenContext(repo_cache=repo_cache, remote_repos=repositories)
    try:
        return Path(context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve())
    except (OSError, RuntimeError) as failure:
        raise UnavailableError(
            f"{jar.file_name} of the embedded Kafka could not be fetched ({_first_line(failure)}): "
            "connect to the network once, or name your own brokers in STREAM_APP_BROKERS"
        ) from failure


def _first_line(failure: Exception) -> str:
    return (str(failure).splitlines() or [type(failure).__name__])[0][:200]
