"""Changes of sensors' health as the events that the public sees."""

from typing import Any

from agents.outputs import Output, Position
from models.health.state import STATES
from schemas.cloudevents import headers
from schemas.sensor_health import HealthState, health_id
from schemas.sensor_health_record import CE_TYPE, HealthRecord, encode
from schemas.sensor_index import SensorMeta
from schemas.times import format_time
from schemas.topics import SENSOR_HEALTH


def health_output(
    change: Any,
    *,
    topic: str,
    partition: int,
    sensor_id: str,
    meta: SensorMeta,
    position: Position,
    detail: str | None = None,
) -> Output:
    """Return the event of one HEALTH_CHANGE record, keyed by sensor; `detail` where it is not about readings."""
    state: HealthState = STATES[change["state"]]
    ts_us = int(change["ts_us"])
    event = HealthRecord(
        id=health_id(topic, partition, int(change["offset"]), int(change["index"]), state),
        sensor_id=sensor_id,
        asset_id=meta.asset_id,
        sensor_type=meta.sensor_type,
        unit=meta.unit,
        ts=format_time(ts_us),
        state=state,
        since_ts=format_time(int(change["since_ts_us"])),
        detail=detail or _detail(state, change),
    )
    source = f"/{topic}/{partition}"
    return Output(SENSOR_HEALTH, sensor_id.encode(), encode(event), headers(event.id, CE_TYPE, source, ts_us), position)


def _detail(state: HealthState, change: Any) -> str:
    """Return what was seen, as one phrase."""
    value, amount = float(change["value"]), float(change["amount"])
    match state:
        case "stuck":
            return f"{amount:.0f} equal readings of {value:.10g} in a row"
        case "clipped":
            return f"{amount:.0f} readings at the rail of late, the last value is {value:.10g}"
        case "out_of_range":
            return f"{value:.10g} cannot be"
        case "silent":
            return f"not heard for {amount:.0f} s"
        case "gap":
            return f"{amount:.0f} samples missing"
        case "noisy":
            return f"scatter {amount:.1f} times the usual"
        case _:
            return f"{amount:.0f} good readings in a row after {STATES[change['before']]}"


def block_detail(change: Any) -> str:
    """Return what was seen in blocks, as one phrase."""
    state: HealthState = STATES[change["state"]]
    value, amount = float(change["value"]), float(change["amount"])
    match state:
        case "stuck":
            return f"{amount:.0f} equal samples of {value:.10g} in a row"
        case "clipped":
            return f"{amount:.1f} % of a block's samples lie exactly at its extreme, of {value:.10g}"
        case "gap":
            return f"{amount:.0f} blocks missing"
        case "ok":
            return f"{amount:.0f} good blocks in a row after {STATES[change['before']]}"
        case _:
            return _detail(state, change)


def sound_detail(change: Any) -> str:
    """Return what was heard of a microphone, as one phrase."""
    amount = float(change["amount"])
    match STATES[change["state"]]:
        case "gap":
            return f"{amount:.3f} s of sound missing"
        case "silent" if change["unheard"]:
            return f"not heard for {amount:.0f} s"
        case "silent":
            return f"level {amount:.2g} of full scale"
        case "clipped":
            return f"{100 * amount:.2g} % of the samples at full scale"
        case "noisy":
            return f"noise around, {amount:.1f} dB over the whole spectrum: the machine is not judged"
        case "out_of_range":
            return f"{amount:+.1f} dB from the usual level with the usual spectrum: another gain"
        case _:
            return f"good sound again after {STATES[change['before']]}"
