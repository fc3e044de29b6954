"""The lane overrides private methods of faust-streaming and aiokafka: read a change there before trusting it."""

import hashlib
import inspect
from collections.abc import Callable
from typing import Any

import faust._cython.streams
import faust.streams
import pytest
from aiokafka.consumer import fetcher
from aiokafka.consumer.consumer import AIOKafkaConsumer
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.producer.producer import AIOKafkaProducer
from faust.app.base import App
from faust.assignor.partition_assignor import PartitionAssignor
from faust.stores import memory
from faust.tables.base import Collection
from faust.tables.recovery import Recovery
from faust.transport import consumer
from faust.transport.drivers import aiokafka as driver

# What we override, call privately, or rely on the inner workings of; digest of its source.
HOOKS: dict[str, tuple[Callable[..., Any], str]] = {
    "Consumer.getmany": (consumer.Consumer.getmany, "4b168d84882a70d6"),
    "Consumer._wait_next_records": (consumer.Consumer._wait_next_records, "6218e1969a636b3f"),
    "Consumer._add_gap": (consumer.Consumer._add_gap, "4df2573ded7c1c2c"),
    "Consumer._new_offset": (consumer.Consumer._new_offset, "1d2c7ea89a7ad4f1"),
    "Consumer.wait_empty": (consumer.Consumer.wait_empty, "e4662fe24f094819"),
    "Consumer.on_partitions_revoked": (consumer.Consumer.on_partitions_revoked, "d04b7ae72c6fc206"),
    "Consumer.on_partitions_assigned": (consumer.Consumer.on_partitions_assigned, "29ce96596f05a18c"),
    "Consumer._drain_messages": (consumer.Consumer._drain_messages, "44a2500309e83c63"),
    "Consumer.ack": (consumer.Consumer.ack, "5fcf41cf45153475"),
    "Consumer.on_buffer_full": (consumer.Consumer.on_buffer_full, "c8961679e0bcdce5"),
    "Consumer.on_buffer_drop": (consumer.Consumer.on_buffer_drop, "4b57e8a418d5ad9c"),
    "Consumer.perform_seek": (consumer.Consumer.perform_seek, "0e8c130ff4b0afd8"),
    "driver.Consumer._new_consumer_thread": (driver.Consumer._new_consumer_thread, "0870ec53dea75083"),
    "AIOKafkaConsumerThread._create_worker_consumer": (
        driver.AIOKafkaConsumerThread._create_worker_consumer,
        "c2701bfc3e6f6cad",
    ),
    "AIOKafkaConsumerThread._fetch_records": (driver.AIOKafkaConsumerThread._fetch_records, "39a2c6c79fc1455a"),
    "driver.Producer._settings_extra": (driver.Producer._settings_extra, "a4c7bc41b6382223"),
    "driver.Producer._ensure_producer": (driver.Producer._ensure_producer, "5592a4bbdf251325"),
    "Recovery.on_recovery_completed": (Recovery.on_recovery_completed, "6ef567acf072e46d"),
    "Recovery._restart_recovery": (Recovery._restart_recovery, "6bd8a8558a2dffe4"),
    "Recovery._slurp_changelogs": (Recovery._slurp_changelogs, "7825c7e50f766d5a"),
    "App._on_partitions_revoked": (App._on_partitions_revoked, "d5c895bbe57dc73a"),
    "App._new_transport": (App._new_transport, "42db531312dd776f"),
    "memory.Store.apply_changelog_batch": (memory.Store.apply_changelog_batch, "71863e3cd727aac2"),
    "memory.Store.on_recovery_completed": (memory.Store.on_recovery_completed, "a00bef343e139602"),
    "Collection._new_store_by_url": (Collection._new_store_by_url, "343a8125107d3f69"),
    "PartitionAssignor.on_assignment": (PartitionAssignor.on_assignment, "72f34bf053d696b5"),
    "GroupCoordinator._coordination_routine": (GroupCoordinator._coordination_routine, "75273e127d4a4f5d"),
    "PartitionRecords": (fetcher.PartitionRecords.__mro__[-2], "94aa0da0dbec8d1b"),
    "FetchResult.getall": (fetcher.FetchResult.getall, "3e717e30de5068d5"),
    "AIOKafkaConsumer.start": (AIOKafkaConsumer.start, "2f1ba70443327538"),
    "AIOKafkaConsumer.seek_to_committed": (AIOKafkaConsumer.seek_to_committed, "f6cd85c8b70a4ccf"),
    "AIOKafkaConsumerThread.seek_to_committed": (driver.AIOKafkaConsumerThread.seek_to_committed, "775ab0adc4b052ab"),
    "Fetcher._proc_fetch_request": (fetcher.Fetcher._proc_fetch_request, "59bf948fff47eed5"),
    "GroupCoordinator._do_heartbeat": (GroupCoordinator._do_heartbeat, "dc1d6632aaa68e96"),
    "AIOKafkaProducer.create_batch": (AIOKafkaProducer.create_batch, "c4efda4bb7a09741"),
    "AIOKafkaProducer.send_batch": (AIOKafkaProducer.send_batch, "bf42b0f0c5c0646d"),
    "BatchBuilder.append": (BatchBuilder.append, "657d76f55157d9ca"),
}


def digest(hook: Callable[..., Any]) -> str:
    hook = inspect.unwrap(getattr(hook, "fun", hook))  # `Service.task` and `transitions_to` wrap
    return hashlib.sha256(inspect.getsource(hook).encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", HOOKS)
def test_upstream_is_as_it_was_when_the_lane_was_proven(name: str) -> None:
    hook, proven = HOOKS[name]
    assert digest(hook) == proven, (
        f"{name} changed upstream. Read the change against connectors/kafka_lane, run `make chaos`, "
        f"then record {digest(hook)!r} here."
    )


def test_the_compiled_stream_iterator_is_loaded() -> None:
    # The pure Python one acks skipped events even with `noack`.
    assert faust.streams._CStreamIterator is not None
    assert faust.streams._CStreamIterator.__module__ == "faust._cython.streams"
