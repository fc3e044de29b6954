"""The recent anomalies, open and over, each under its id."""

import itertools
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.anomaly import AnomalyFeature, AnomalyModel, AnomalySource, Kind, Lane

_KEPT = 5_000


class Anomaly(BaseModel):
    """An anomaly as last heard of: as it was raised, and since it was cleared, how it ended; `end_ts` null is open."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    anomaly_id: str
    kind: Kind
    lane: Lane
    asset_id: str
    sensor_id: str
    sensor_type: str | None = None
    unit: str | None = None
    ts: str
    start_ts: str
    end_ts: str | None = None
    value: float | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    score: float | None = None
    grade: float
    threshold: float | None = None
    p_value: float | None = None
    confidence: float | None = None
    features: list[AnomalyFeature]
    model: AnomalyModel
    detectors: dict[str, float | None] = {}
    source: AnomalySource | None = None


class _Event(Anomaly):
    type: Literal["AnomalyRaised", "AnomalyCleared"]


class AnomalyLog:
    """At most 5,000 anomalies, those raised first forgotten first; `version` grows with every change.

    `last_end` is when the last anomaly of an asset ended.
    """

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._found: OrderedDict[str, Anomaly] = OrderedDict()
        self._open: dict[str, dict[str, Anomaly]] = {}
        self._changes: deque[tuple[int, str]] = deque(maxlen=kept)
        self.version = 0
        self.last_end: dict[str, str] = {}
        self.models: set[tuple[str, str]] = set()

    def __len__(self) -> int:
        return len(self._found)

    def take(self, message: bytes) -> bool:
        """Take an event of the anomalies topic; what is none, or is known already, changes nothing."""
        try:
            event = _Event.model_validate_json(message)
        except ValidationError:
            return False
        known = self._found.get(event.anomaly_id)
        raised = event.type == "AnomalyRaised"
        if known is not None and (raised or known.end_ts is not None):
            return False
        if known is None:
            fields: dict[str, Any] = {name: getattr(event, name) for name in Anomaly.model_fields}
            anomaly = Anomaly.model_construct(**fields)
        else:
            anomaly = known.model_copy(update={"end_ts": event.end_ts, "grade": max(known.grade, event.grade)})
        self._keep(anomaly)
        return True

    def _keep(self, anomaly: Anomaly) -> None:
        self._found[anomaly.anomaly_id] = anomaly
        self.models.add((anomaly.model.name, anomaly.model.version))
        if anomaly.end_ts is None:
            self._open.setdefault(anomaly.asset_id, {})[anomaly.anomaly_id] = anomaly
        else:
            self._close(anomaly)
            self.last_end[anomaly.asset_id] = max(anomaly.end_ts, self.last_end.get(anomaly.asset_id, ""))
        self.version += 1
        self._changes.append((self.version, anomaly.anomaly_id))
        while len(self._found) > self._kept:
            _, oldest = self._found.popitem(last=False)
            self._close(oldest)

    def _close(self, anomaly: Anomaly) -> None:
        mine = self._open.get(anomaly.asset_id, {})
        mine.pop(anomaly.anomaly_id, None)
        if not mine:
            self._open.pop(anomaly.asset_id, None)

    def get(self, anomaly_id: str) -> Anomaly | None:
        """Return an anomaly, or None where it is not held."""
        return self._found.get(anomaly_id)

    def recent(self) -> Iterator[Anomaly]:
        """Yield all, that raised last first."""
        return reversed(self._found.values())

    @property
    def open_by_asset(self) -> dict[str, dict[str, Anomaly]]:
        """The open anomalies by asset and id; assets without any are left out."""
        return self._open

    def is_open(self, asset_id: str, sensor_id: str) -> bool:
        """Return whether an anomaly of a sensor is open."""
        return any(one.sensor_id == sensor_id for one in self._open.get(asset_id, {}).values())

    def changed_since(self, version: int) -> list[Anomaly]:
        """Return the anomalies that changed after `version`, each once, in the order of their last change."""
        newer = itertools.takewhile(lambda change: change[0] > version, reversed(self._changes))
        ids: Iterable[str] = dict.fromkeys(ident for _, ident in newer)
        found = [self._found[ident] for ident in ids if ident in self._found]
        return found[::-1]
