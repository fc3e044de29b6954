"""What labels say of the champions, as bytes."""

import msgspec

from models.drift.labelled_performance import AssetAlarms, Champion, LabelledPerformance

_CHAMPIONS = msgspec.json.Decoder(dict[str, Champion])
_ALARMS = msgspec.json.Decoder(AssetAlarms)


def pack_champions(performance: LabelledPerformance) -> bytes:
    """Return what is known of the champions."""
    return msgspec.json.encode(performance.champions)


def restore_champions(performance: LabelledPerformance, packed: bytes) -> None:
    """Put back what `pack_champions` returned."""
    performance.champions = _CHAMPIONS.decode(packed)


def pack_alarms(alarms: AssetAlarms) -> bytes:
    """Return the alarms of an asset."""
    return msgspec.json.encode(alarms)


def unpack_alarms(packed: bytes) -> AssetAlarms:
    """Return what `pack_alarms` returned."""
    return _ALARMS.decode(packed)
