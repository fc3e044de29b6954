"""The embedded broker: it serves, keeps its data, says why it cannot, and leaves nothing behind."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psutil
import pytest

from connectors.embedded_kafka import EmbeddedKafka
from connectors.embedded_kafka.serving import free_port
from connectors.kafka.admin import create_topics, list_topics
from connectors.kafka.connection import KafkaConnection
from connectors.kafka.reader import read_all
from connectors.kafka.writer import BulkWriter
from schemas.errors import UnavailableError
from schemas.topics import Topic


def _listening_addresses(pid: int) -> set[str]:
    return {
        connection.laddr.ip
        for connection in psutil.Process(pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }


def test_data_outlive_a_kill_and_nothing_outlives_a_stop(tmp_path: Path) -> None:
    kafka = EmbeddedKafka(tmp_path, port=free_port()).start()
    address, pid = kafka.bootstrap, kafka.pid
    connection = KafkaConnection(address)
    assert {ip.removeprefix("::ffff:") for ip in _listening_addresses(pid)} == {"127.0.0.1"}
    assert stat.S_IMODE((tmp_path / "server.properties").stat().st_mode) == 0o600
    create_topics(connection, names=[Topic("kept", "none", "a test", 1)])
    with BulkWriter(connection) as writer:
        writer.send("kept", None, b"acknowledged")
    os.kill(pid, signal.SIGKILL)
    psutil.Process(pid).wait(5)
    with pytest.raises(UnavailableError, match="does not run"):
        _ = kafka.bootstrap

    with kafka:
        assert kafka.bootstrap == address
        assert [message.value for message in read_all(connection, "kept")] == [b"acknowledged"]
        pid, begun_s = kafka.pid, time.monotonic()
    assert time.monotonic() - begun_s < 5
    assert not psutil.pid_exists(pid)


def test_a_folder_has_one_broker(broker: EmbeddedKafka) -> None:
    with pytest.raises(UnavailableError, match=f"in use by another broker at {broker.bootstrap}"):
        EmbeddedKafka(broker.data_dir).start()
    assert broker.exit_code is None


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UnavailableError, match=f"port {port} of 127.0.0.1 is taken"):
            EmbeddedKafka(tmp_path, port=port).start()


def test_a_start_that_fails_shows_the_log(tmp_path: Path) -> None:
    # Kafka refuses data that belong to another node.
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=x\n")
    with pytest.raises(UnavailableError, match=r"(?s)ended at once with status 1.*node.id"):
        EmbeddedKafka(tmp_path).start()


def test_it_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from connectors.embedded_kafka import EmbeddedKafka\n"
        "kafka = EmbeddedKafka(Path(sys.argv[1])).start(); print(kafka.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    java = psutil.Process(pid)
    assert "kafka.Kafka" in java.cmdline()
    parent.kill()
    parent.communicate()
    java.wait(5)


def test_topics_are_created_once(broker: EmbeddedKafka, connection: KafkaConnection) -> None:
    topics = [
        Topic("test.once", "none", "a test", 3, {"cleanup.policy": "compact", "min.compaction.lag.ms": "1000"}),
        Topic("test.default", "none", "a test"),
    ]
    assert create_topics(connection, 2, names=topics) == ["test.once", "test.default"]
    assert create_topics(connection, 5, names=topics) == []
    found = list_topics(connection)
    assert (found["test.once"].partitions, found["test.default"].partitions) == (3, 2)
    assert found["test.default"].replication_factor == 1
    assert not any(name.startswith("__") for name in found)


def test_a_refused_topic_names_itself_and_the_reason(connection: KafkaConnection) -> None:
    with pytest.raises(UnavailableError, match=r"topic test\.copies could not be created .*[Rr]eplication"):
        create_topics(connection, 1, replication_factor=3, names=[Topic("test.copies", "none", "a test")])


def test_a_cluster_id_that_begins_with_a_dash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(bytes=b"\xf8" + bytes(15)))
    with EmbeddedKafka(tmp_path):
        pass
    assert "cluster.id=-AAA" in next(tmp_path.rglob("meta.properties")).read_text()
