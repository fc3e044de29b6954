"""When which worker is killed: drawn beforehand from the seed."""

import random
from dataclasses import dataclass
from typing import Literal

Moment = Literal["any", "checkpoint", "start", "recovery", "rebalance"]

# The word in the worker's log that a targeted kill waits for; a start is known without it.
MARKERS: dict[Moment, bytes] = {
    "checkpoint": b"checkpoint.begin",
    "recovery": b"recovery.begin",
    "rebalance": b"rebalance.begin",
}
WORKERS = ("a", "b")
_SESSION_OUTLIVED_S = 12.0


@dataclass(frozen=True, slots=True)
class Kill:
    """Wait `pause_s`, then kill `victim` `delay_s` after `moment`, and start it again after `down_s`."""

    victim: str
    moment: Moment
    pause_s: float
    delay_s: float
    down_s: float


def plan_kills(kills: int, seed: int) -> list[Kill]:
    """Draw `kills` kills; the moments take turns, so that ten kills already meet each of them."""
    draw = random.Random(seed)
    turns: list[Moment] = []
    while len(turns) < kills:
        turn: list[Moment] = ["any", "checkpoint", "checkpoint", "start", "recovery", "rebalance"]
        draw.shuffle(turn)
        turns += turn
    return [_kill(draw, moment) for moment in turns[:kills]]


def _kill(draw: random.Random, moment: Moment) -> Kill:
    # During a start the interesting stretch is seconds long, during a checkpoint milliseconds.
    longest_s = {"any": 0.0, "checkpoint": 0.03, "start": 3.0, "recovery": 0.3, "rebalance": 0.5}[moment]
    return Kill(
        victim=draw.choice(WORKERS),
        moment=moment,
        pause_s=draw.uniform(0.5, 4.0),
        delay_s=draw.uniform(0.0, longest_s),
        down_s=draw.choice((0.0, 0.0, 0.0, 0.5, 2.0, _SESSION_OUTLIVED_S)),
    )
