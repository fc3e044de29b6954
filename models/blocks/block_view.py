"""What a person wants to see of what is kept of a waveform sensor."""

from typing import Any

import numpy as np

from models.blocks.state import BLOCK_STATE, STATE_BYTES
from models.blocks.transition import KIND
from models.health.state import STATES


def describe_blocks(packed: bytes) -> dict[str, Any]:
    """Return a packed state as plain values: how far it came, what is learned, what is open, the sensor's health."""
    state = np.frombuffer(packed[:STATE_BYTES], BLOCK_STATE)[0]
    return {
        "applied_offset": int(state["applied_offset"]),
        "last_ts_us": int(state["last_ts_us"]),
        "blocks": int(state["blocks"]),
        "rate_hz": float(state["rate_hz"]),
        "samples": int(state["samples"]),
        "learned": int(state["learned"]),
        "is_learned": bool(state["is_learned"]),
        "open": [KIND] if state["open"] else [],
        "health": STATES[state["health_state"]],
    }
