"""`up` with a worker that only answers: `python -m tests.integration.cli.fake_up DATA_DIR [SECONDS]`."""

import asyncio
import sys

from stream_app.children import ChildSpec
from stream_app.logs import configure_logs
from stream_app.settings import Settings, load_settings
from stream_app.up import Up
from stream_app.worker_children import WorkerChild, free_port_from

WORKER = """
import http.server, os, sys
class Views(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'{"ready": true, "partitions": {}}')
    def log_message(self, *_): pass
print("worker", os.getpid(), os.environ["STREAM_APP_BROKERS"], flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Views).serve_forever()
"""


def make_workers(settings: Settings, brokers: str, count: int) -> list[WorkerChild]:
    """Return one fake worker."""
    port = free_port_from("127.0.0.1", 0)
    command = (sys.executable, "-c", WORKER, str(port))
    return [WorkerChild(f"http://127.0.0.1:{port}", ChildSpec("fake", command, {"STREAM_APP_BROKERS": brokers}))]


async def body(up: Up) -> None:
    """Say that all is ready and wait."""
    print("ready", up.brokers, up.workers[0].url, flush=True)
    await asyncio.sleep(float(sys.argv[2]) if len(sys.argv) > 2 else 600)


if __name__ == "__main__":
    configure_logs()
    settings = load_settings({"STREAM_APP_DATA_DIR": sys.argv[1]})
    sys.exit(Up(settings, 1, lambda name, line: print(line, flush=True), make_workers, lambda *_: None).run(body))
