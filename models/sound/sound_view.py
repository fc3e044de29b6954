"""What a person wants to see of what is kept of a microphone."""

from typing import Any

import numpy as np

from models.health.state import STATES
from models.sound.state import SOUND_STATE, STATE_BYTES
from models.sound.transition import KIND


def describe_sound(packed: bytes) -> dict[str, Any]:
    """Return a packed state as plain values: how far it came, what is learned, what is open, its health."""
    state = np.frombuffer(packed[:STATE_BYTES], SOUND_STATE)[0]
    return {
        "applied_offset": int(state["applied_offset"]),
        "last_ts_us": int(state["last_ts_us"]),
        "frames": int(state["frames"]),
        "rate_hz": int(state["rate_hz"]),
        "channels": int(state["channels"]),
        "clips": int(state["clips"]),
        "learned": int(state["learned"]),
        "is_learned": bool(state["is_learned"]),
        "calibrated": int(state["calibrated"]),
        "open": [KIND] if state["open"] else [],
        "health": STATES[state["health"]],
        "health_since_us": int(state["health_since_us"]),
    }
