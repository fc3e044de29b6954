"""The gate as the settings want it, beside role `learn`."""

from typing import TYPE_CHECKING

from aiokafka.partitioner import murmur2

from schemas.topics import FEATURES

if TYPE_CHECKING:
    from agents.lane_group import LaneGroup
    from models.promotion.gate import Bounds
    from stream_app.settings import Settings


def watch_promotions(settings: "Settings", lanes: "LaneGroup") -> None:
    """Have challengers judged and champions watched, by a thread that ends with the process.

    Of several workers the one that holds the partition of a model's name decides on it.
    """
    from agents.promote import PromoteThread

    promotion, partitions = settings.promotion, settings.kafka.partitions

    def decides(model: str) -> bool:
        own = int(murmur2(model.encode()) & 0x7FFFFFFF) % partitions
        return lanes.ready and own in lanes.partitions().get(FEATURES, [])

    connection = settings.kafka_connection(settings.brokers)
    PromoteThread(connection, promotion_bounds(settings), promotion.mode, decides, promotion.canary_share).start()


def promotion_bounds(settings: "Settings") -> "Bounds":
    """Return what is asked of challengers and of new champions."""
    from models.promotion.gate import Bounds

    told = settings.promotion
    return Bounds(rows=told.rows, guard_rows=told.guard_rows, watch_rows=told.watch_rows, canary_rows=told.canary_rows)
