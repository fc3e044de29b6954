"""State as recovery would take it from the changelog, held against the independent fold."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from agents.state_keys import PROGRESS
from connectors.kafka_lane.committed_state import CommittedState


def recovered(records: Iterable[tuple[int, bytes, bytes | None]]) -> dict[bytes, bytes]:
    """Return what recovery would read from a changelog's `(partition, key, value)`, of all partitions together."""
    partitions: defaultdict[int, CommittedState] = defaultdict(CommittedState)
    for partition, key, value in records:
        partitions[partition].take(key, value)
    return {key: packed for state in partitions.values() for key in state if (packed := state.read(key)) is not None}


def differing_keys(expected: Mapping[bytes, bytes], found: Mapping[bytes, bytes]) -> set[bytes]:
    """Return the keys whose state is missing, foreign or not bit-equal; how far a source was read is no state."""
    keys = {key for key in expected.keys() | found.keys() if not key.startswith(PROGRESS)}
    return {key for key in keys if expected.get(key) != found.get(key)}
