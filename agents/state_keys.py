"""Keys of the state table: a sensor's hot state under its name, everything else behind a NUL byte."""

from collections.abc import Callable
from typing import Literal

from schemas.anomaly import Lane

PROGRESS = b"\0progress:"
_PAGES = [b"\0page:%c" % page for page in range(256)]
_NAME = b"\0name:"
_SIGNAL = b"\0signal:"
_MICROPHONE = b"\0microphone:"
_MODEL = b"\0model:"

Waveforms = Literal["signals", "audio"]
_WAVEFORMS: dict[Waveforms, bytes] = {"signals": b"\0signal", "audio": b"\0microphone"}


def hot_key(sensor_id: str) -> bytes:
    """Return the key of a sensor's hot state."""
    name = sensor_id.encode()
    return _NAME + name if name[:1] == b"\0" else name


def page_key(sensor_id: str, page: int) -> bytes:
    """Return the key of one page of a sensor's cold state."""
    return _PAGES[page] + sensor_id.encode()


def signal_key(sensor_id: str) -> bytes:
    """Return the key of what is kept of a sensor's waveform blocks."""
    return _SIGNAL + sensor_id.encode()


def signal_of(key: bytes) -> str | None:
    """Return the sensor whose blocks are spoken of under `key`, or None where it is something else."""
    return key[len(_SIGNAL) :].decode() if key.startswith(_SIGNAL) else None


def microphone_key(microphone_id: str) -> bytes:
    """Return the key of what is kept of a microphone."""
    return _MICROPHONE + microphone_id.encode()


def microphone_of(key: bytes) -> str | None:
    """Return the microphone that is spoken of under `key`, or None where it is something else."""
    return key[len(_MICROPHONE) :].decode() if key.startswith(_MICROPHONE) else None


def waveform_meta_key(lane: Waveforms, sensor_id: str) -> bytes:
    """Return the key of what a waveform sensor or microphone last said of itself."""
    return _WAVEFORMS[lane] + b"-meta:" + sensor_id.encode()


def waveform_clock_key(lane: Waveforms, partition: int) -> bytes:
    """Return the key of the clock that the blocks or frames of a partition set."""
    return _WAVEFORMS[lane] + b"-clock:%d" % partition


def window_key(sensor_id: str) -> bytes:
    """Return the key of what is kept of a sensor's feature rows."""
    return b"\0window:" + sensor_id.encode()


def relation_key(asset_id: str) -> bytes:
    """Return the key of the relations between an asset's sensors."""
    return b"\0relation:" + asset_id.encode()


def mode_key(asset_id: str) -> bytes:
    """Return the key of an asset's operating mode."""
    return b"\0mode:" + asset_id.encode()


def joint_key(asset_id: str) -> bytes:
    """Return the key of an asset's operating modes as they were found from its sensors."""
    return b"\0joint:" + asset_id.encode()


def sensors_key(asset_id: str) -> bytes:
    """Return the key of the names of an asset's sensors."""
    return b"\0sensors:" + asset_id.encode()


def meta_key(sensor_id: str) -> bytes:
    """Return the key of what a sensor last said of itself."""
    return b"\0meta:" + sensor_id.encode()


def clock_key(partition: int) -> bytes:
    """Return the key of the clock that the readings of a partition set."""
    return b"\0clock:%d" % partition


def type_key(sensor_type: str, number: int) -> bytes:
    """Return the key of one record of the models of a sensor type."""
    return b"\0type:%c" % number + sensor_type.encode()


def context_key(sensor_id: str) -> bytes:
    """Return the key of a sensor's latest standardised rows."""
    return b"\0context:" + sensor_id.encode()


def values_key(sensor_id: str) -> bytes:
    """Return the key of a sensor's latest rows before they were standardised."""
    return b"\0values:" + sensor_id.encode()


def model_key(lane: str, alias: str, sensor_type: str, number: int) -> bytes:
    """Return the key of one piece of the model in service for a sensor type of a lane."""
    return _MODEL + b"%s:%s:%c" % (lane.encode(), alias.encode(), number) + sensor_type.encode()


def is_model_key(key: bytes) -> bool:
    """Tell whether a piece of a model in service lies under `key`."""
    return key.startswith(_MODEL)


def former_normal_key(lane: str, sensor_type: str) -> bytes:
    """Return the key of whose normal state is kept of a sensor type, while a champion brings another."""
    return b"\0former:%s:" % lane.encode() + sensor_type.encode()


def former_piece_key(lane: str, sensor_type: str, number: int) -> bytes:
    """Return the key of one piece of that state."""
    return b"\0former-normal:%s:%c" % (lane.encode(), number) + sensor_type.encode()


def canary_share_key(lane: str, sensor_type: str) -> bytes:
    """Return the key of the share of the assets that a canary of a sensor type judges."""
    return b"\0canary:%s:" % lane.encode() + sensor_type.encode()


def slots_key(lane: str, asset_id: str) -> bytes:
    """Return the key of the slot that an asset's feature rows are added up in."""
    return b"\0slots:" + lane.encode() + b":" + asset_id.encode()


WATCHED = b"\0watch:"
FLEET = b"\0fleet"
"""Key of what the drift watch knows of the fleet beside its assets."""


CHAMPIONS = b"\0champions"
"""Key of what labels say of the champions."""

ALARMS = b"\0alarms:"


def alarms_key(asset_id: str) -> bytes:
    """Return the key of the alarms of an asset that labels may speak of."""
    return ALARMS + asset_id.encode()


RETRAINING_POLICY = b"\0retraining"
"""Key of what the retraining policy knows."""


def watch_key(lane: str, asset_id: str) -> bytes:
    """Return the key of the drift watch over an asset."""
    return WATCHED + lane.encode() + b":" + asset_id.encode()


def progress_key(source: str) -> bytes:
    """Return the key of the progress of a source topic's partition."""
    return PROGRESS + source.encode()


def sensor_of(key: bytes) -> str | None:
    """Return the sensor whose hot state lies under `key`, or None where it is something else."""
    if key.startswith(_NAME):
        return key[len(_NAME) :].decode()
    return None if key[:1] == b"\0" else key.decode()


LANE_KEYS: dict[Lane, Callable[[str], bytes]] = {"readings": hot_key, "signals": signal_key, "audio": microphone_key}
"""By lane, what gives the key of a sensor's state there."""


def sensor_in_lane(key: bytes) -> tuple[Lane, str] | None:
    """Return lane and name of the sensor whose state there lies under `key`, or None where it is something else."""
    if key.startswith(_SIGNAL):
        return "signals", key[len(_SIGNAL) :].decode()
    if key.startswith(_MICROPHONE):
        return "audio", key[len(_MICROPHONE) :].decode()
    sensor_id = sensor_of(key)
    return None if sensor_id is None else ("readings", sensor_id)
