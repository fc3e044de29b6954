"""How long the consumer waits for records."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from connectors.kafka_lane.consumer import BatchConsumer

_PATIENT_S = 1.0


class _Consumer(BatchConsumer):
    """A consumer that writes down what it would ask the broker."""

    flow_active = True
    _gated = False

    def __init__(self, full: set[TP]) -> None:
        self.app = SimpleNamespace(in_recovery=False)
        self.waits: list[tuple[set[TP], float]] = []
        self._active_partitions = {TP("readings", 0), TP("readings", 1)}
        self._buffered_partitions: set[TP] = set()
        for tp in full:
            self.on_buffer_full(tp)

    async def _getmany(self, active_partitions: set[TP], timeout: float) -> dict[TP, Any]:
        self.waits.append((set(active_partitions), timeout))
        return {}


@pytest.mark.parametrize("partition", [0, 1])
def test_a_wait_without_a_partition_whose_queue_is_full_is_short(partition: int) -> None:
    # Nobody wakes the wait when the queue has room again, and the records of that partition lie ready.
    consumer = _Consumer(full={TP("readings", partition)})
    asyncio.run(consumer._wait_next_records(_PATIENT_S))
    consumer.on_buffer_drop(TP("readings", partition))
    asyncio.run(consumer._wait_next_records(_PATIENT_S))
    (held_back, short), (everything, patient) = consumer.waits
    assert held_back == {TP("readings", 1 - partition)}
    assert everything == {TP("readings", 0), TP("readings", 1)}
    assert short < patient / 10
    assert patient == _PATIENT_S
