"""The workers and the page that `up` keeps: where each answers, and how it is started."""

import importlib.util
import socket
import sys
from dataclasses import dataclass

from schemas.errors import UnavailableError
from stream_app.children import ChildSpec
from stream_app.engineer_token import own_engineer_token
from stream_app.settings import Settings

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 (asked at loopback, not bound)
_PORTS_TRIED = 200


@dataclass(frozen=True, slots=True)
class WorkerChild:
    """A worker of any role to start, and the address where it answers."""

    url: str
    spec: ChildSpec


def worker_children(settings: Settings, brokers: str, count: int) -> list[WorkerChild]:
    """Return `count` monitors and a learner on ports that are free, counting on from the configured one."""
    host = settings.worker.host
    children = []
    port = settings.worker.port
    # The learner needs packages that detection does without.
    learners = 1 if importlib.util.find_spec("river") is not None else 0
    for role, number in [*(("monitor", n) for n in range(1, count + 1)), *[("learn", 1)] * learners]:
        port = free_port_from(host, port)
        children.append(_child(settings, brokers, role, f"{role}-{number}", host, port, "STREAM_APP_WORKER__PORT"))
        port = port + 1 if settings.worker.port else 0
    return children


def web_child(settings: Settings, brokers: str) -> WorkerChild | None:
    """Return the page on a port that is free, counting on from the configured one; None where it is not installed."""
    if importlib.util.find_spec("fastapi") is None or importlib.util.find_spec("uvicorn") is None:
        return None
    host = settings.web.host
    port = free_port_from(host, settings.web.port, "STREAM_APP_WEB__HOST or __PORT")
    token_file = own_engineer_token(settings)
    more = {} if token_file is None else {"STREAM_APP_WEB__ENGINEER_TOKEN_FILE": str(token_file)}
    return _child(settings, brokers, "web", "web", host, port, "STREAM_APP_WEB__PORT", **more)


def _child(
    settings: Settings, brokers: str, role: str, name: str, host: str, port: int, port_variable: str, **more: str
) -> WorkerChild:
    env = {
        **more,
        "STREAM_APP_BROKERS": brokers,
        "STREAM_APP_DATA_DIR": str(settings.data_dir.absolute()),
        port_variable: str(port),
        "PYTHONUNBUFFERED": "1",
    }
    command = (sys.executable, "-m", "stream_app", "worker", role, "--name", name)
    return WorkerChild(f"http://{_EVERYWHERE.get(host, host)}:{port}", ChildSpec(name, command, env))


def free_port_from(host: str, port: int, variables: str = "STREAM_APP_WORKER__HOST or __PORT") -> int:
    """Return the first free port of `host` from `port` on, any free one for 0; raises UnavailableError."""
    for candidate in range(port, min(port + _PORTS_TRIED, 65_536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise UnavailableError(f"No port of {host} from {port} on is free; set {variables} to others.")
