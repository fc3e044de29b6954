"""The bounds that a challenger must keep to be promoted, and a new champion to stay."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.promotion.tally import Side, Tally

Metrics = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is asked; each factor is against the champion on the same rows, each `most_` holds however bad that is.

    A decision waits for `rows` judged in shadow, and where a share of the assets is judged before promotion, for
    `canary_rows` of those; a new champion is watched from `guard_rows` on, until it has kept its bounds for
    `watch_rows`.
    """

    rows: int = 500
    guard_rows: int = 100
    watch_rows: int = 10_000
    canary_rows: int = 500
    most_false_alarms_per_sensor_hour: float = 0.05
    false_alarm_factor: float = 1.5
    most_rare_share: float = 0.05
    detection_loss: float = 0.05
    latency_factor: float = 4.0
    most_latency_us: float = 100.0
    least_stability: float = 0.4
    guard_rare_share: float = 0.1
    guard_factor: float = 3.0
    guard_alarms: int = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One number against its bound; `champion` is what the other got."""

    name: str
    value: float | None
    champion: float | None
    bound: float
    passed: bool


def judge_challenger(tally: Tally, own: Metrics, champion: Metrics, bounds: Bounds) -> list[Check]:
    """Return every check of a challenger: in shadow by the tally, in training by the metrics of both."""
    checks = [
        _alarms("shadow_false_alarms_per_sensor_hour", tally, tally.challenger, tally.champion, bounds),
        _alarms("alert_volume_per_sensor_hour", tally, tally.exchanged, tally.together, bounds),
        _at_most(
            "rare_share",
            tally.challenger.rare_share,
            tally.champion.rare_share if tally.champion.rows else None,
            bounds.most_rare_share,
        ),
    ]
    for name in ("injected_roc_auc", "injected_recall", "roc_auc", "recall"):
        if name in own and name in champion:
            bound = champion[name] - bounds.detection_loss
            checks.append(Check(name, own[name], champion[name], bound, own[name] >= bound))
    latency = champion.get("latency_us_per_row")
    bound = max(bounds.most_latency_us, bounds.latency_factor * (latency or 0.0))
    checks.append(_at_most("latency_us_per_row", own.get("latency_us_per_row", 0.0), latency, bound))
    # A model without a random part, as Mahalanobis, has no other seed to differ by, but another half of the rows.
    stable = own.get("stability", 0.0)
    checks.append(Check("stability", stable, None, bounds.least_stability, stable >= bounds.least_stability))
    return checks


def judge_champion(tally: Tally, bounds: Bounds) -> list[Check]:
    """Return the checks of a champion in service against the one before it, which judges the same rows in shadow."""
    new, old = tally.champion, tally.challenger
    bound = max(bounds.guard_rare_share, bounds.guard_factor * old.rare_share)
    checks = [_at_most("rare_share", new.rare_share, old.rare_share, bound)]
    most = float(max(bounds.guard_alarms, bounds.guard_factor * old.alarms))
    checks.append(_at_most("false_alarms", float(new.alarms), float(old.alarms), most))
    return checks


def judge_canary(tally: Tally, bounds: Bounds) -> list[Check]:
    """Return the checks of a challenger by the rows that it judged in service, in the champion's place."""
    own, champion = tally.challenger, tally.champion
    return [
        _alarms("canary_alarms_per_sensor_hour", tally, tally.exchanged, tally.together, bounds),
        _at_most(
            "canary_rare_share", own.rare_share, champion.rare_share if champion.rows else None, bounds.most_rare_share
        ),
    ]


def _alarms(name: str, tally: Tally, own: Side, other: Side, bounds: Bounds) -> Check:
    value, champion = tally.per_hour(own), tally.per_hour(other) if other.rows else None
    # One alarm more than the champion is chance, however short the time.
    chance = (other.alarms + 1) / tally.sensor_hours if tally.sensor_hours > 0.0 else 0.0
    most = bounds.most_false_alarms_per_sensor_hour
    bound = max(most, bounds.false_alarm_factor * (champion or 0.0), chance)
    return _at_most(name, value, champion, bound)


def _at_most(name: str, value: float, champion: float | None, bound: float) -> Check:
    return Check(name, value, champion, bound, value <= bound)
