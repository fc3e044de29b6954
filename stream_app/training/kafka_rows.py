"""Feature rows read back from Kafka, without those of ranges that are not to be learned from."""

from contextlib import suppress
from typing import TYPE_CHECKING

from connectors.kafka.reader import Start, read_all
from schemas.errors import BadDataError
from schemas.fault_label import REPAIR_LABELS, Label, read_label
from schemas.feature_block import decode_feature_block
from schemas.refusal import RefusedError
from schemas.topics import ANOMALIES, FEATURES, LABELS
from stream_app.logs import get_logger
from stream_app.training.gathering import GatheredRows, Gathering
from stream_app.training.quarantine import quarantines

if TYPE_CHECKING:
    from connectors.kafka.connection import KafkaConnection
    from stream_app.settings.learning import QuarantineSettings
    from stream_app.training.plan import Plan

log = get_logger(__name__)

# A reading may be so much younger than the broker's clock (STREAM_APP_READINGS__MAX_FUTURE_S), with room to spare.
_CLOCK_SKEW_MS = 3_600_000


def kafka_rows(plan: "Plan", connection: "KafkaConnection", quarantine: "QuarantineSettings") -> GatheredRows:
    """Return the rows that a plan wants; raises UnavailableError, or BadDataError where there are none."""
    gathering = Gathering(plan, FEATURES)
    # No row is written before its own time.
    start: Start = "beginning" if plan.from_us is None else max(plan.from_us // 1000 - _CLOCK_SKEW_MS, 0)
    if plan.offsets:
        start = {partition: first for partition, (first, _) in plan.offsets.items()}
    refused = 0
    for message in read_all(connection, FEATURES, start):
        if not _is_wanted(plan, message.partition, message.offset):
            continue
        try:
            block = decode_feature_block(message.value or b"")
        except BadDataError:
            refused += 1
            continue
        gathering.take(message.partition, message.offset, block)
    if refused:
        log.warning("train.blocks_refused", topic=FEATURES, blocks=refused)
    labels = read_labels(connection)
    ranges = [label.range for _, label in labels if label.range is not None]
    repairs = [(label.asset_id, ts_us) for ts_us, label in labels if label.label in REPAIR_LABELS]
    events = (message.value or b"" for message in read_all(connection, ANOMALIES))
    held = quarantines(events, repairs, quarantine.look_back_s, quarantine.hold_s)
    return gathering.rows(ranges, quarantine=held)


def _is_wanted(plan: "Plan", partition: int, offset: int) -> bool:
    if not plan.offsets:
        return True
    first, last = plan.offsets[partition]
    return first <= offset and (last < 0 or offset <= last)


def read_labels(connection: "KafkaConnection") -> list[tuple[int, Label]]:
    """Return what operators said, with the time in µs when; what is no label is not one here either."""
    found = []
    for message in read_all(connection, LABELS):
        written_us = message.timestamp_ms * 1000
        with suppress(RefusedError):
            found.append((written_us, read_label(message.value or b"", written_us)))
    return found
