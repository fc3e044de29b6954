"""Feature rows read back from Kafka, without those of ranges that are not to be learned from."""

from contextlib import suppress
from typing import TYPE_CHECKING

from connectors.kafka.reader import Start, read_all
from schemas.errors import BadDataError
from schemas.fault_label import LabelledRange, read_label
from schemas.feature_block import decode_feature_block
from schemas.refusal import RefusedError
from schemas.topics import FEATURES, LABELS
from stream_app.logs import get_logger
from stream_app.training.gathering import GatheredRows, Gathering

if TYPE_CHECKING:
    from connectors.kafka.connection import KafkaConnection
    from stream_app.training.plan import Plan

log = get_logger(__name__)

# A reading may be so much younger than the broker's clock (STREAM_APP_READINGS__MAX_FUTURE_S), with room to spare.
_CLOCK_SKEW_MS = 3_600_000


def kafka_rows(plan: "Plan", connection: "KafkaConnection") -> GatheredRows:
    """Return the rows that a plan wants; raises UnavailableError, or BadDataError where there are none."""
    gathering = Gathering(plan, FEATURES)
    # No row is written before its own time.
    start: Start = "beginning" if plan.from_us is None else max(plan.from_us // 1000 - _CLOCK_SKEW_MS, 0)
    refused = 0
    for message in read_all(connection, FEATURES, start):
        try:
            block = decode_feature_block(message.value or b"")
        except BadDataError:
            refused += 1
            continue
        gathering.take(message.partition, message.offset, block)
    if refused:
        log.warning("train.blocks_refused", topic=FEATURES, blocks=refused)
    return gathering.rows(labelled_ranges(connection))


def labelled_ranges(connection: "KafkaConnection") -> list[LabelledRange]:
    """Return the ranges that operators labelled; what is no label is not one here either."""
    found = []
    for message in read_all(connection, LABELS):
        with suppress(RefusedError):
            label = read_label(message.value or b"", message.timestamp_ms * 1000)
            found += [label.range] if label.range else []
    return found
