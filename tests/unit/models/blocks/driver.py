"""Blocks for a bank, with less typing."""

import numpy as np
from numpy.typing import NDArray

from models.blocks.bank import BlockBank, BlockBatch, BlockOutcome
from models.blocks.machine_lines import NO_LINES, MachineLines
from models.blocks.tuning import BlockTuning

RATE_HZ = 5_120.0
STEP_US = 1_000_000
QUICK = BlockTuning(learn_s=0.0)


def batch(
    samples: list[NDArray[np.float32]],
    first: int = 0,
    row: int = 0,
    speed_rpm: float | list[float] = float("nan"),
    lines: MachineLines = NO_LINES,
) -> BlockBatch:
    """Return consecutive blocks of one sensor, number `first` being the first."""
    n = len(samples)
    number = np.arange(first, first + n)
    return BlockBatch(
        row=np.full(n, row),
        offset=number,
        ts_us=number * STEP_US,
        seq=number.copy(),
        rate_hz=np.full(n, RATE_HZ),
        speed_rpm=np.broadcast_to(np.asarray(speed_rpm, np.float64), n),
        samples=samples,
        unit=["g"] * n,
        lines=[lines] * n,
    )


def healthy(random: np.random.Generator, n: int, samples: int = 512) -> list[NDArray[np.float32]]:
    """Return blocks of a tone in noise."""
    tone = np.sin(2 * np.pi * 200.0 / RATE_HZ * np.arange(samples))
    return [(tone + 0.3 * random.normal(size=samples)).astype(np.float32) for _ in range(n)]


def learned(seed: int = 1, samples: int = 512, **more: object) -> tuple[BlockBank, np.random.Generator]:
    """Return a bank whose sensor 0 has learned from 30 healthy blocks, and the source of more."""
    random = np.random.default_rng(seed)
    bank = BlockBank(QUICK)
    outcome = bank.advance(batch(healthy(random, 30, samples), **more))  # type: ignore[arg-type]
    assert outcome.learned.tolist() == [0] * 29 + [1]
    return bank, random


def raised(outcome: BlockOutcome) -> list[tuple[int, bool]]:
    """Return position and kind of each transition."""
    return [(int(t["position"]), bool(t["raised"])) for t in outcome.transitions]
