"""What speaks for a change of an asset: tests on its columns since then, against the matched reference."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.drift.asset_watch import AssetWatch, Column
from models.drift.false_discovery import q_values
from models.drift.kolmogorov_smirnov import kolmogorov_smirnov
from models.drift.mean_discrepancy import mean_discrepancy
from models.drift.population_stability import population_stability
from models.drift.streaming import noticed_at
from models.drift.tuning import DriftTuning
from models.drift.watched import RESIDUAL
from models.drift.windows_of_slots import medians

_MOVED_Z = 3.0


@dataclass(frozen=True, slots=True)
class ColumnEvidence:
    """How one column changed: `shift` is the median z, `effect` Cliff's delta, `value` and `usual` in its own unit.

    `reference` (n,) and `series` (m,) are z of healthy slots, and of the last slots up to when the cause was named.
    """

    column: Column
    shift: float
    effect: float
    ks: float
    p_value: float
    q_value: float
    psi: float
    value: float
    usual: float
    reference: NDArray[np.float64] = field(repr=False, compare=False)
    series: NDArray[np.float64] = field(repr=False, compare=False)

    @property
    def catches_up(self) -> bool:
        """Whether what is expected came closer to what is: a model learned, and nothing changed in the world."""
        return self.column.feature == RESIDUAL and abs(self.value) < abs(self.usual)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Confirmed columns, the largest shift first, all together by MMD, and when each streaming detector noticed.

    `start_us` are the beginnings of the slots of each column's series.
    """

    columns: list[ColumnEvidence]
    mmd: float
    mmd_p_value: float
    noticed_us: dict[str, int | None] = field(default_factory=dict)
    start_us: list[int] = field(default_factory=list)


def evidence(asset: AssetWatch, changed_us: int, tuning: DriftTuning) -> Evidence:
    """Return what of the asset's columns is confirmed: surely different, by a large effect."""
    since = asset.since(changed_us)
    current, reference = asset.z[since], asset.reference.z.astype(np.float64)
    # Slots of a wandering column resemble each other: a test would be sure of it, though it has not left what is usual.
    shift = np.abs(medians(current, 2))
    left = np.isin(np.arange(len(shift)), asset.open.columns if asset.open else [])
    moved = np.flatnonzero(left | (shift >= _MOVED_Z))
    ks = kolmogorov_smirnov(reference[:, moved], current[:, moved])
    # The columns that did not move were looked at, too.
    q = q_values(np.concatenate([ks.p_value, np.ones(len(shift) - len(moved))]))[: len(moved)]
    with np.errstate(invalid="ignore"):
        confirmed = np.flatnonzero((q < tuning.q) & (np.abs(ks.effect) >= tuning.least_effect))
    if not len(confirmed):
        return Evidence([], float("nan"), float("nan"))
    psi = population_stability(reference[:, moved], current[:, moved])
    usual = _usual(asset, since)
    found = [
        ColumnEvidence(
            column=asset.columns[at],
            shift=asset.shift(at, changed_us),
            effect=float(ks.effect[n]),
            ks=float(ks.statistic[n]),
            p_value=float(ks.p_value[n]),
            q_value=float(q[n]),
            psi=float(psi.statistic[n]),
            value=float(np.nanmedian(asset.x[since, at])),
            usual=float(usual[at]),
            reference=reference[:, at],
            series=asset.z[:, at].copy(),
        )
        for n, at in zip(confirmed.tolist(), moved[confirmed].tolist(), strict=True)
    ]
    found.sort(key=lambda each: -abs(each.shift) if np.isfinite(each.shift) else 0.0)
    known = np.isfinite(current).all(axis=0) & (np.isfinite(reference).sum(axis=0) >= len(reference) // 4)
    joint = mean_discrepancy(reference[:, known], current[:, known])
    noticed = _noticed(asset, found, changed_us)
    return Evidence(found, float(joint.statistic[0]), float(joint.p_value[0]), noticed, list(asset.start_us))


def _usual(asset: AssetWatch, since: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what was expected of each column in the middle slot of the change."""
    at = int(since[len(since) // 2])
    z, sd = asset.z[at], asset.reference.sd
    return np.asarray(asset.x[at] - z * sd)


def _noticed(asset: AssetWatch, found: list[ColumnEvidence], changed_us: int) -> dict[str, int | None]:
    """Ask the streaming detectors about the column that moved most, from its reference on."""
    place = asset.columns.index(found[0].column)
    before = asset.reference.z[:, place]
    now = asset.z[asset.since(changed_us), place]
    begin = asset.since(changed_us)[0]
    places = noticed_at(np.concatenate([before, now]).astype(np.float64), len(before))
    slot_us = asset.slot_us
    return {
        name: None if at is None else asset.start_us[begin + at - len(before)] + slot_us for name, at in places.items()
    }
