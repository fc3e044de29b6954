"""Feeds readings to a series bank, so that tests speak of values and not of columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.series import SeriesBank
from models.series_outcome import Outcome
from models.trace import TRACE
from models.tuning import Tuning


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Readings in order of arrival; `seq` -1: none."""

    row: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    seq: NDArray[np.int64]
    offset: NDArray[np.int64]
    index: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.row)

    def __getitem__(self, chosen: slice | NDArray[np.int64]) -> "Arrivals":
        return Arrivals(*(getattr(self, name)[chosen] for name in self.__slots__))

    @classmethod
    def of(
        cls,
        ts_s: Sequence[float] | NDArray[np.float64],
        value: Sequence[float] | NDArray[np.float64],
        *,
        row: Sequence[int] | NDArray[np.int64] | int = 0,
        seq: Sequence[int] | NDArray[np.int64] | int = -1,
        offset: Sequence[int] | NDArray[np.int64] | None = None,
        index: Sequence[int] | NDArray[np.int64] | int = 0,
    ) -> "Arrivals":
        """Build columns; a single number stands for all; offsets count up from 0."""
        n = len(value)
        return cls(
            np.full(n, row, np.int32),
            np.round(np.asarray(ts_s, np.float64) * 1e6).astype(np.int64),
            np.asarray(value, np.float64),
            np.full(n, seq, np.int64),
            np.arange(n, dtype=np.int64) if offset is None else np.asarray(offset, np.int64),
            np.full(n, index, np.int64),
        )

    @classmethod
    def every_second(cls, value: Sequence[float] | NDArray[np.float64]) -> "Arrivals":
        """One series, one reading a second."""
        return cls.of(np.arange(len(value), dtype=np.float64), value)


def feed(bank: SeriesBank, arrivals: Arrivals, trace: NDArray[np.void] | None = None) -> Outcome:
    """Hand arrivals to the bank in one batch."""
    a = arrivals
    return bank.advance(a.row, a.ts_us, a.value, a.seq, a.offset, a.index, trace)


def traced(value: NDArray[np.float64], tuning: Tuning) -> tuple[Outcome, NDArray[np.void]]:
    """Run one series, one reading a second; returns the outcome and what the detectors said of each reading."""
    trace = np.zeros(len(value), TRACE)
    return feed(SeriesBank(tuning), Arrivals.every_second(value), trace), trace


def state_of(bank: SeriesBank) -> bytes:
    """Return all state of all series as bytes."""
    rows = len(bank)
    return bank._hot[:rows].tobytes() + b"".join(
        bank.pack_page(row, page) for row in range(rows) for page in bank.page_numbers
    )


def raised(outcome: Outcome, kind: int) -> NDArray[np.void]:
    """Return the raised transitions of a kind."""
    t = outcome.transitions
    chosen: NDArray[np.void] = t[(t["kind"] == kind) & t["raised"]]
    return chosen


def cleared(outcome: Outcome, kind: int) -> NDArray[np.void]:
    """Return the cleared transitions of a kind."""
    t = outcome.transitions
    chosen: NDArray[np.void] = t[(t["kind"] == kind) & ~t["raised"]]
    return chosen
