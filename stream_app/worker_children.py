"""The workers that `up` keeps: where each answers, and how it is started."""

import socket
import sys
from dataclasses import dataclass

from schemas.errors import UnavailableError
from stream_app.children import ChildSpec
from stream_app.settings import Settings

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 (asked at loopback, not bound)
_PORTS_TRIED = 200


@dataclass(frozen=True, slots=True)
class WorkerChild:
    """A worker to start and the address of its web views."""

    url: str
    spec: ChildSpec


def worker_children(settings: Settings, brokers: str, count: int, role: str = "monitor") -> list[WorkerChild]:
    """Return `count` workers of a role on ports that are free, counting on from the configured one."""
    host = settings.worker.host
    children = []
    port = settings.worker.port
    for number in range(1, count + 1):
        port = free_port_from(host, port)
        name = f"{role}-{number}"
        env = {
            "STREAM_APP_BROKERS": brokers,
            "STREAM_APP_DATA_DIR": str(settings.data_dir.absolute()),
            "STREAM_APP_WORKER__PORT": str(port),
            "PYTHONUNBUFFERED": "1",
        }
        command = (sys.executable, "-m", "stream_app", "worker", role, "--name", name)
        children.append(WorkerChild(f"http://{_EVERYWHERE.get(host, host)}:{port}", ChildSpec(name, command, env)))
        port = port + 1 if settings.worker.port else 0
    return children


def free_port_from(host: str, port: int) -> int:
    """Return the first free port of `host` from `port` on, any free one for 0; raises UnavailableError."""
    for candidate in range(port, min(port + _PORTS_TRIED, 65_536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise UnavailableError(
        f"No port of {host} from {port} on is free for a worker; set STREAM_APP_WORKER__HOST or __PORT to others."
    )
