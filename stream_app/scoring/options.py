"""The readings lane as the settings want it: the same for workers and for scoring without Kafka."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.options import ReadingsOptions
    from stream_app.settings import Settings


def readings_options(settings: "Settings") -> "ReadingsOptions":
    """Return the options of the readings lane."""
    from agents.options import ReadingsOptions
    from models.health.limits import Limits

    return ReadingsOptions(
        max_message_bytes=settings.readings.max_message_bytes,
        max_future_s=settings.readings.max_future_s,
        require_asset_key=settings.kafka.require_asset_key,
        tuning=settings.tuning(),
        limits=Limits(settings.health.limits),
    )
