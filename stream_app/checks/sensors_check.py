"""Has every sensor stayed in one partition?"""

from collections.abc import Callable, Iterable, Iterator

from agents.state_keys import sensor_in_lane
from stream_app.checks.finding import Finding, attention, ok

_NAMED = 5


def sensors_check(
    states: Iterable[tuple[int, bytes | None, bool]], out_of_time: Callable[[], bool] = lambda: False
) -> Iterator[Finding]:
    """Yield a finding on `(partition, key, is deleted)` of the state changelog, as far as time allows."""
    seen: dict[tuple[str, str], set[int]] = {}
    complete = True
    for partition, key, deleted in states:
        sensor = sensor_in_lane(key) if key else None
        if sensor is not None and deleted:
            seen.get(sensor, set()).discard(partition)
        elif sensor is not None:
            seen.setdefault(sensor, set()).add(partition)
        if out_of_time():
            complete = False
            break
    twice = sorted(sensor_id for (_, sensor_id), partitions in seen.items() if len(partitions) > 1)
    if twice:
        more = f" and {len(twice) - _NAMED} more" if len(twice) > _NAMED else ""
        yield attention(
            "partitions",
            f"{len(twice)} sensors in two partitions: {', '.join(twice[:_NAMED])}{more}",
            "key their readings by asset_id, or set STREAM_APP_KAFKA__REPARTITION=true",
        )
    elif not complete:
        yield attention(
            "partitions", f"{len(seen):,} sensors looked at before time was over", "see pdm_sensors_in_two_partitions"
        )
    else:
        yield ok("partitions", f"{len(seen):,} sensors, each in one partition")
