"""The configuration of one single-node broker, as the text of its properties file."""

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SaslUser:
    """The one account of a broker that asks for SASL/PLAIN."""

    username: str
    password: str = field(repr=False)


def server_properties(log_dir: Path, port: int, controller_port: int, sasl: SaslUser | None = None) -> str:
    """Return properties for a KRaft node that is broker and controller and listens on loopback only."""
    protocol = "SASL_PLAINTEXT" if sasl else "PLAINTEXT"
    properties = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "listeners": f"CLIENT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"CLIENT://127.0.0.1:{port}",
        "listener.security.protocol.map": f"CLIENT:{protocol},CONTROLLER:{protocol}",
        "inter.broker.listener.name": "CLIENT",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(log_dir),
        **_ONE_NODE,
        **_SMALL,
        **_PROMPT,
    }
    if sasl:
        properties |= _sasl(sasl)
    return "".join(f"{name}={_escape(value)}\n" for name, value in properties.items())


_ONE_NODE = {
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # Topics are declared in schemas/topics.py; a typing error must not become a topic.
    "auto.create.topics.enable": "false",
}

_SMALL = {
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "group.coordinator.threads": "1",
    "share.coordinator.threads": "1",
    # 16 MiB hold the offsets of some 600,000 keys a cleaning pass; the default is a quarter of our heap.
    "log.cleaner.dedupe.buffer.size": "16777216",
    "log.segment.bytes": "268435456",
    "log.index.size.max.bytes": "1048576",
    # No record every half second into the metadata log of an idle broker.
    "metadata.max.idle.interval.ms": "0",
}

_PROMPT = {
    # After a kill the new process waits until the registration of the old one has run out: 9 s by default.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "group.initial.rebalance.delay.ms": "0",
    # Tests ask for sessions shorter than the default floor of 6 s.
    "group.min.session.timeout.ms": "1000",
}


def _sasl(user: SaslUser) -> dict[str, str]:
    name, password = _quote(user.username), _quote(user.password)
    # The first pair is what this node presents to itself, `user_NAME` is what it accepts from anybody.
    account = (
        "org.apache.kafka.common.security.plain.PlainLoginModule required "
        f"username={name} password={password} user_{user.username}={password};"
    )
    return {
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.client.plain.sasl.jaas.config": account,
        "listener.name.controller.plain.sasl.jaas.config": account,
    }


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escape(value: str) -> str:
    # Java reads these files as Latin-1 with escapes; those of JSON mean the same there.
    return json.dumps(value)[1:-1]
