"""State as recovery would take it from the changelog, held against the independent fold."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from agents.state_keys import PROGRESS
from connectors.kafka_lane.committed_state import CommittedState

StateKey = tuple[int, bytes]
"""Partition and table key."""


def recovered(records: Iterable[tuple[int, bytes, bytes | None]]) -> dict[StateKey, bytes]:
    """Return what recovery would read from a changelog's `(partition, key, value)`."""
    partitions: defaultdict[int, CommittedState] = defaultdict(CommittedState)
    for partition, key, value in records:
        partitions[partition].take(key, value)
    return {
        (partition, key): packed
        for partition, state in partitions.items()
        for key in state
        if (packed := state.read(key)) is not None
    }


def differing_keys(expected: Mapping[StateKey, bytes], found: Mapping[StateKey, bytes]) -> set[StateKey]:
    """Return the keys whose state is missing, foreign or not bit-equal; how far a source was read is no state."""
    keys = {key for key in expected.keys() | found.keys() if not key[1].startswith(PROGRESS)}
    return {key for key in keys if expected.get(key) != found.get(key)}
