"""CloudEvents 1.0 in Kafka's binary mode: the attributes as record headers, the data as the value."""

from schemas.times import format_time

SPEC_VERSION = b"1.0"
CONTENT_TYPE = b"application/json"


def headers(
    event_id: str, event_type: str, source: str, time_us: int, content_type: bytes = CONTENT_TYPE
) -> list[tuple[str, bytes]]:
    """Return the headers of one event: who and what it is, the topic it was made from, and its time in microseconds."""
    return [
        ("ce_specversion", SPEC_VERSION),
        ("ce_id", event_id.encode()),
        ("ce_type", event_type.encode()),
        ("ce_source", source.encode()),
        ("ce_time", format_time(time_us).encode()),
        ("content-type", content_type),
    ]
