"""Which broker serves a data folder: one at a time, its address written in the lock that it holds."""

import fcntl
import socket
from pathlib import Path
from typing import IO

from schemas.errors import UnavailableError


def claim(folder: Path) -> IO[str]:
    """Reserve a data folder until the returned file is closed; raises UnavailableError where it is taken."""
    lock = (folder / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as taken:
        lock.seek(0)
        address = lock.read().strip()
        lock.close()
        where = f"at {address} (STREAM_APP_BROKERS={address} uses it)" if address else "that is starting"
        raise UnavailableError(
            f"the Kafka data in {folder} are in use by another broker {where}: "
            "stop that broker, or choose another data directory"
        ) from taken
    announce(lock, "")
    return lock


def announce(lock: IO[str], address: str) -> None:
    """Write the address under which the folder's broker serves into its lock."""
    lock.truncate(0)
    lock.write(address)
    lock.flush()


def free_port() -> int:
    """Return a loopback TCP port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback TCP port at this moment."""
    with socket.socket() as probe:
        # As servers do, so that connections of the past that still linger do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
