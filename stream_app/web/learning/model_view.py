"""Models as the registry and Kafka together know them."""

from connectors.model_registry.versions import Version
from schemas.model_events import GateCheck
from schemas.model_names import parse_model_name
from schemas.times import format_time
from stream_app.web.learning.answers import Alias, ModelDetail, ModelRow, Refused, Shadow, VersionRow
from stream_app.web.learning.books import Learned
from stream_app.web.learning.registry_book import RegistryPage
from stream_app.web.learning.shadow_watch import ShadowWatch
from stream_app.web.learning.told import Told

_ALIASES: tuple[Alias, ...] = ("champion", "challenger", "former")


def model_names(learned: Learned, registry: RegistryPage) -> list[str]:
    """Return the names of all models that the registry, or an event of whatever kind, knows of."""
    heard = {name for log in (learned.models, learned.retraining, learned.drift) for name in log.models}
    return sorted(heard | set(registry.versions))


def model_row(name: str, learned: Learned, registry: RegistryPage) -> ModelRow:
    """Return a model at a glance."""
    events, drift, retraining = learned.models.of(name), learned.drift.newest(name), learned.retraining.newest(name)
    told, versions = Told.of(events), registry.versions.get(name, [])
    lane, sensor_type = parse_model_name(name) or (None, None)
    aliases = _aliases(told, registry, versions)
    champion = aliases.get("champion")
    return ModelRow(
        model=name,
        lane=lane,
        sensor_type=sensor_type,
        versions=len(versions) if registry.trouble is None else len(told.versions),
        champion=champion,
        challenger=aliases.get("challenger"),
        former=aliases.get("former"),
        algorithm=next((row.algorithm for row in _rows(told, registry, versions) if row.version == champion), None),
        last_event=events[-1] if events else None,
        last_drift_ts=drift[0].ts if drift else None,
        last_retraining=retraining[0] if retraining else None,
    )


def model_detail(name: str, learned: Learned, registry: RegistryPage, watch: ShadowWatch | None) -> ModelDetail:
    """Return a model with its versions and how its challenger does."""
    told, versions = Told.of(learned.models.of(name)), registry.versions.get(name, [])
    return ModelDetail(
        **dict(model_row(name, learned, registry)),
        registry_trouble=registry.trouble,
        rows=_rows(told, registry, versions),
        shadow=_shadow(name, watch),
        shadow_behind=None if watch is None else watch.behind,
    )


def _aliases(told: Told, registry: RegistryPage, versions: list[Version]) -> dict[Alias, str]:
    if registry.trouble is not None:
        return told.aliases
    return {alias: str(each.version) for each in versions for alias in _ALIASES if alias in each.aliases}


def _rows(told: Told, registry: RegistryPage, versions: list[Version]) -> list[VersionRow]:
    known = {str(each.version): each for each in versions}
    numbers = known if registry.trouble is None else told.versions
    newest_first = sorted(numbers, key=lambda number: (len(number), number), reverse=True)
    aliases = _aliases(told, registry, versions)
    return [_row(number, known.get(number), told, aliases) for number in newest_first]


def _row(number: str, known: Version | None, told: Told, aliases: dict[Alias, str]) -> VersionRow:
    registered = told.registered.get(number)
    tags = known.tags if known is not None else {}
    made_ts = format_time(known.created_ms * 1000) if known is not None else registered.ts if registered else None
    metrics = known.metrics if known is not None else registered.metrics if registered else {}
    return VersionRow(
        version=number,
        aliases=[alias for alias in _ALIASES if aliases.get(alias) == number],
        algorithm=tags.get("algorithm") or (registered.algorithm if registered else None),
        made_ts=made_ts,
        run_id=known.run_id if known is not None else registered.run_id if registered else None,
        rows=registered.rows if registered else None,
        data_from=tags.get("data_from"),
        data_to=tags.get("data_to"),
        metrics=dict(sorted(metrics.items())),
        loaded_by=told.loaded_by(number),
        refused_by=[
            Refused(worker=each.worker, reason=each.reason, detail=each.detail, ts=each.ts)
            for each in told.refused_by(number)
        ],
        gate=told.decided.get(number),
    )


def _shadow(name: str, watch: ShadowWatch | None) -> list[Shadow]:
    if watch is None or watch.behind is None:
        return []
    return [
        Shadow(
            kind=one.kind,
            version=one.version,
            champion=one.champion,
            rows=one.rows,
            rows_wanted=one.rows_wanted,
            sensor_hours=one.sensor_hours,
            checks=[GateCheck.model_validate(check, from_attributes=True) for check in one.checks],
        )
        for one in watch.standings
        if one.model == name
    ]
