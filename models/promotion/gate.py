"""The bounds that a challenger must keep to be promoted, and a new champion to stay."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.promotion.tally import Side, Tally
from models.training.evaluation import is_of_kind

Metrics = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is asked; each factor is against the champion on the same rows.

    Each `most_` holds however bad that is, and so do `least_roc_auc` and `least_recall` of injected faults, the latter
    ten times what chance finds; but a recall that a champion does not reach either which tells faults from health is
    not asked for: after few healthy scores no p-value is small enough. By `kind_` a challenger may not be blind to one
    kind of them that the champion sees. `least_uncommon_share` of rows in service, if the champion finds more, is to be
    stranger than nine in ten of those that calibrated the model: where it is less, what it takes for usual is wider
    than what machines do, and it would never alarm. Of fewer than `uncommon_rows`, which lie beside each other, that
    cannot be said.

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
    least_roc_auc: float = 0.6
    least_recall: float = 0.03
    kind_roc_auc_loss: float = 0.1
    kind_recall_factor: float = 0.5
    least_uncommon_share: float = 0.01
    uncommon_factor: float = 0.25
    uncommon_rows: int = 300
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
    checks += _uncommon(tally.challenger, tally.champion, bounds)
    checks += _detection(own, champion, bounds)
    latency = champion.get("latency_us_per_row")
    bound = max(bounds.most_latency_us, bounds.latency_factor * (latency or 0.0))
    checks.append(_at_most("latency_us_per_row", own.get("latency_us_per_row", 0.0), latency, bound))
    # A model without a random part, as Mahalanobis, has no other seed to differ by, but another half of the rows.
    stable = own.get("stability", 0.0)
    checks.append(_at_least("stability", stable, None, bounds.least_stability))
    return checks


def _detection(own: Metrics, champion: Metrics, bounds: Bounds) -> Iterator[Check]:
    """Yield the checks of what a challenger finds in training; a figure that it lacks is 0, since it was no number."""
    floors = {"injected_roc_auc": bounds.least_roc_auc, "injected_recall": bounds.least_recall}
    sees = champion.get("injected_roc_auc", 0.0) >= bounds.least_roc_auc
    if sees and champion.get("injected_recall", 1.0) < bounds.least_recall:
        floors["injected_recall"] = 0.0
    for name in (*floors, "roc_auc", "recall", "judged_share"):
        told = champion.get(name)
        if told is not None or name in floors:
            bound = max(floors.get(name, 0.0), 0.0 if told is None else told - bounds.detection_loss)
            yield _at_least(name, own.get(name, 0.0), told, bound)
    for name, told in champion.items():
        # Figures of one kind are of fewer rows: chance moves them further.
        if is_of_kind(name, "roc_auc"):
            yield _at_least(name, own.get(name, 0.0), told, told - bounds.kind_roc_auc_loss)
        elif is_of_kind(name, "recall"):
            bound = bounds.kind_recall_factor * told - bounds.detection_loss
            yield _at_least(name, own.get(name, 0.0), told, max(bound, 0.0))


def _uncommon(own: Side, other: Side, bounds: Bounds) -> Iterator[Check]:
    """Yield the check of whether rows in service are as strange to a model as what calibrated it."""
    if own.rows >= bounds.uncommon_rows:
        told = other.uncommon_share if other.rows else None
        least = bounds.least_uncommon_share
        bound = least if told is None else min(least, bounds.uncommon_factor * told)
        yield _at_least("uncommon_share", own.uncommon_share, told, bound)


def judge_champion(tally: Tally, bounds: Bounds) -> list[Check]:
    """Return the checks of a champion in service against the one before it, which judges the same rows in shadow."""
    new, old = tally.champion, tally.challenger
    bound = max(bounds.guard_rare_share, bounds.guard_factor * old.rare_share)
    checks = [_at_most("rare_share", new.rare_share, old.rare_share, bound)]
    most = float(max(bounds.guard_alarms, bounds.guard_factor * old.alarms))
    checks.append(_at_most("false_alarms", float(new.alarms), float(old.alarms), most))
    checks += _uncommon(new, old, bounds)
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


def _at_least(name: str, value: float, champion: float | None, bound: float) -> Check:
    return Check(name, value, champion, bound, value >= bound)


def _at_most(name: str, value: float, champion: float | None, bound: float) -> Check:
    return Check(name, value, champion, bound, value <= bound)
