"""Errors that a client library gets over by itself."""

from confluent_kafka import KafkaError

_CODES = frozenset(
    {
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.UNKNOWN_LEADER_EPOCH,
    }
)


def is_transient(error: KafkaError) -> bool:
    """Return whether `error` passes: a broker that has just started may not lead its partitions yet."""
    return error.code() in _CODES
