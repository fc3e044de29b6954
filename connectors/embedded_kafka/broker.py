"""Apache Kafka as a child process: one KRaft node on loopback, its data in one folder."""

import os
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from connectors.embedded_kafka.jars import verified_jars
from connectors.embedded_kafka.java import java_command
from connectors.embedded_kafka.leash import leashed
from connectors.embedded_kafka.server_properties import SaslUser, server_properties
from connectors.embedded_kafka.serving import announce, claim, free_port, is_free
from schemas.errors import UnavailableError

START_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 10.0
PORT_ATTEMPTS = 3
LOG_KEPT_BYTES = 10_000_000


class EmbeddedKafka:
    """A broker whose data, settings and log live in `data_dir`; `port` None takes a free one at each start.

    It needs no Java on the system, cannot outlive the process that started it (see `leash`), and serves one
    `SaslUser` over SASL/PLAIN where `sasl` is given.
    """

    def __init__(
        self, data_dir: Path, *, port: int | None = None, heap_mb: int = 512, sasl: SaslUser | None = None
    ) -> None:
        self.data_dir = Path(data_dir).resolve()
        self.log_file = self.data_dir / "broker.log"
        self._wanted_port = port
        self._port = 0
        self._heap_mb = heap_mb
        self._sasl = sasl
        self._process: subprocess.Popen[bytes] | None = None
        self._claim: IO[str] | None = None
        self._jars: list[Path] = []

    @property
    def bootstrap(self) -> str:
        """`127.0.0.1:port` of the running broker."""
        self._running()
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """Process id of the running broker."""
        return self._running().pid

    @property
    def exit_code(self) -> int | None:
        """Exit status of the broker's process once it ended; None while it runs or was never started."""
        return self._process.poll() if self._process else None

    def start(self) -> Self:
        """Format the data folder at first use, start the broker and return once it serves.

        Raises UnavailableError, with the end of the log, when it does not come up.
        """
        if self._process and self._process.poll() is None:
            return self
        self.stop()  # what a broker that died has left open
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._claim = claim(self.data_dir)
        try:
            if self._wanted_port and not is_free(self._wanted_port):
                raise UnavailableError(
                    f"port {self._wanted_port} of 127.0.0.1 is taken by another program: "
                    "stop that program, or choose another --port"
                )
            self._jars = verified_jars()
            for attempt in range(1, PORT_ATTEMPTS + 1):
                self._port = self._wanted_port or free_port()
                self._write_properties()
                self._format()
                self._launch()
                if self._wait_until_serving():
                    announce(self._claim, self.bootstrap)
                    return self
                # Somebody may have taken a free port between our choice and the broker's bind.
                if self._wanted_port or attempt == PORT_ATTEMPTS or "BindException" not in self._log_tail():
                    break
            raise UnavailableError(
                f"the embedded Kafka on port {self._port} ended at once with status {self.exit_code}; "
                f"the end of its log, {self.log_file}, may say why:\n{self._log_tail()}"
            )
        except BaseException:
            self.stop()
            raise

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Stop cleanly, by force after `timeout_s`; a broker that does not run is left as it is."""
        try:
            if self._process and self._process.poll() is None:
                self._process.terminate()
                try:
                    self._process.wait(timeout_s)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
        finally:
            self._process = None
            if self._claim:
                self._claim.close()
                self._claim = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            raise UnavailableError(f"the embedded Kafka in {self.data_dir} does not run: call start() first")
        return self._process

    @property
    def _properties_file(self) -> Path:
        return self.data_dir / "server.properties"

    @property
    def _log_dir(self) -> Path:
        return self.data_dir / "logs"

    def _write_properties(self) -> None:
        text = server_properties(self._log_dir, self._port, free_port(), self._sasl)
        # The file may hold a password.
        with open(os.open(self._properties_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)

    def _format(self) -> None:
        if (self._log_dir / "meta.properties").exists():
            return
        cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        # One in 64 ids begins with a dash: as a word of its own it would be taken for an option.
        arguments = ["format", f"--cluster-id={cluster_id}", "--config", str(self._properties_file)]
        command = java_command(self._jars, self._heap_mb, "kafka.tools.StorageTool", arguments)
        done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            said = (done.stderr or done.stdout)[-800:]
            raise UnavailableError(f"the folder {self._log_dir} could not be formatted for Kafka: {said}")

    def _launch(self) -> None:
        if self.log_file.exists() and self.log_file.stat().st_size > LOG_KEPT_BYTES:
            os.replace(self.log_file, self.log_file.with_suffix(".log.1"))
        command = java_command(self._jars, self._heap_mb, "kafka.Kafka", [str(self._properties_file)])
        with self.log_file.open("ab") as log:
            self._log_start = log.tell()
            # A session of its own: Ctrl-C in a terminal reaches us alone, and we stop the broker last.
            self._process = subprocess.Popen(
                leashed(command),
                cwd=self.data_dir,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait_until_serving(self) -> bool:
        assert self._process is not None
        deadline = time.monotonic() + START_TIMEOUT_S
        while self._process.poll() is None:
            if "Kafka Server started" in self._log_of_this_start():
                return True
            if time.monotonic() > deadline:
                raise UnavailableError(
                    f"the embedded Kafka did not serve within {START_TIMEOUT_S:.0f} s; the end of its log, "
                    f"{self.log_file}, may say why:\n{self._log_tail()}"
                )
            time.sleep(0.03)
        return False

    def _log_of_this_start(self) -> str:
        with self.log_file.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode("utf-8", "replace")

    def _log_tail(self) -> str:
        return "\n".join(self._log_of_this_start().splitlines()[-15:])
