"""The Faust app of a worker: stock Faust with the batch transport and the settings proven for it."""

from pathlib import Path
from typing import Any, Protocol

import faust
from faust.transport.drivers import aiokafka as driver

from connectors.kafka.connection import KafkaConnection
from connectors.kafka_lane.assignor import MovableAssignor
from connectors.kafka_lane.consumer import BatchConsumer
from connectors.kafka_lane.credentials import broker_arguments
from connectors.kafka_lane.producer import BatchProducer
from connectors.kafka_lane.state_table import StateTable

_HEARTBEATS_PER_SESSION = 3.3


class _BatchTransport(driver.Transport):
    Consumer = BatchConsumer
    Producer = BatchProducer


class DrainedLane(Protocol):
    """What the consumer asks of whoever holds unacked batches."""

    async def drain(self) -> None:
        """Make everything held durable and ack it."""

    def forget(self) -> None:
        """Drop in-memory state."""


class BatchApp(faust.App):
    """Faust app whose source and changelog topics flow in whole fetches."""

    def __init__(
        self,
        group: str,
        connection: KafkaConnection,
        *,
        instance: str,
        datadir: Path,
        session_timeout_s: float,
        fetch_wait_ms: int,
        fetch_max_bytes: int,
        web_host: str,
        web_port: int,
    ) -> None:
        self._lanes: list[DrainedLane] = []
        super().__init__(
            group,
            # Settings are read in one place: a WEB_PORT or BROKER_URL of the environment is not meant for Faust.
            env={},
            **broker_arguments(connection),
            consumer_group_instance_id=f"{group}-{instance}",
            datadir=str(datadir),
            store="memory://",
            Table=StateTable,
            PartitionAssignor=MovableAssignor,
            value_serializer="raw",
            key_serializer="raw",
            topic_allow_declare=False,
            topic_disable_leader=True,
            table_standby_replicas=0,
            stream_wait_empty=True,
            stream_buffer_maxsize=16,
            broker_session_timeout=session_timeout_s,
            broker_heartbeat_interval=session_timeout_s / _HEARTBEATS_PER_SESSION,
            broker_rebalance_timeout=max(session_timeout_s, 15.0),
            broker_request_timeout=max(session_timeout_s, 15.0),
            broker_commit_interval=1.0,
            broker_max_poll_interval=1000.0,
            consumer_auto_offset_reset="earliest",
            consumer_max_fetch_size=fetch_max_bytes,
            producer_acks=-1,
            producer_linger=0.0,
            producer_max_batch_size=256 * 1024,
            producer_request_timeout=30.0,
            web_host=web_host,
            web_bind=web_host,
            web_port=web_port,
            canonical_url=f"http://{web_host}:{web_port}",
            web_tables_enabled=False,
            web_router_enabled=False,
            web_stats_enabled=False,
            web_metrics_enabled=False,
            web_graph_enabled=False,
            web_cors_options=None,
        )
        self.conf.fetch_wait_ms = fetch_wait_ms

    def add_lane(self, lane: DrainedLane) -> None:
        """Have `lane` drained before partitions are given up and told to forget after."""
        self._lanes.append(lane)

    async def drain(self) -> None:
        """Drain every lane."""
        for lane in self._lanes:
            await lane.drain()

    def forget(self) -> None:
        """Have every lane forget."""
        for lane in self._lanes:
            lane.forget()

    def _new_transport(self) -> Any:
        return _BatchTransport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> Any:
        return _BatchTransport(self.conf.broker_producer, self)
