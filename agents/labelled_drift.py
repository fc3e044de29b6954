"""The part of the drift watch that judges champions by labels: its messages in; drift by a loss of performance out."""

from collections.abc import Iterator

from agents.outputs import Output, Position, SavedState
from agents.state_keys import ALARMS, CHAMPIONS, alarms_key
from models.drift.fleet_watch import FleetWatch
from models.drift.labelled_performance import LabelledPerformance, PerformanceLoss
from models.drift.saved_performance import pack_alarms, pack_champions, restore_champions, unpack_alarms
from models.drift.triage import ACTIONS
from models.drift.tuning import DriftTuning
from schemas.anomaly import AnomalySource
from schemas.anomaly_record import SourceRecord
from schemas.cloudevents import headers
from schemas.drift import CE_TYPE, DriftDetected, DriftPerformance, drift_id
from schemas.drift_slot import Alarmed, InService, Labelled
from schemas.model_names import MODEL_LANES, model_name, parse_model_name
from schemas.times import format_time
from schemas.topics import DRIFT


class LabelledDrift:
    """Judges the champions of a partition; `fleet` tells which sensors an asset has, and how many rows there were."""

    def __init__(self, fleet: FleetWatch, tuning: DriftTuning, saved: SavedState) -> None:
        self._fleet = fleet
        self._performance = LabelledPerformance(tuning.labels)
        packed = saved.read(CHAMPIONS)
        if packed is not None:
            restore_champions(self._performance, packed)
        for key in (key for key in saved if key.startswith(ALARMS)):
            packed = saved.read(key)
            if packed is not None:
                self._performance.assets[key[len(ALARMS) :].decode()] = unpack_alarms(packed)

    def take(self, message: Labelled | Alarmed | InService, ts_us: int, source: SourceRecord) -> Iterator[Output]:
        """Take the next message, written at `ts_us`; yield an event for each champion that lost too much by it."""
        if isinstance(message, InService):
            self._performance.serve(message)
        elif isinstance(message, Alarmed):
            self._performance.alarm(message)
        else:
            for nth, loss in enumerate(self._performance.label(message, self._judges(message))):
                yield self._output(loss, ts_us, (source.first_offset, 0, nth), source)

    def _judges(self, label: Labelled) -> set[str]:
        """Return the models that judge the labelled sensors: those of their types, else those of all types."""
        found = set()
        for lane in MODEL_LANES:
            asset = self._fleet.assets.get((lane, label.asset_id))
            types = {} if asset is None else asset.types
            for sensor_type in {of for sensor, of in types.items() if label.sensor_id in {None, sensor}}:
                own = model_name(lane, sensor_type)
                found.add(own if own in self._performance.champions else model_name(lane, None))
        return found

    def _output(self, loss: PerformanceLoss, ts_us: int, position: Position, source: SourceRecord) -> Output:
        event = self._event(loss, ts_us, drift_id(source.topic, source.partition, position[0], position[2]), source)
        about = headers(event.id, CE_TYPE, f"/{source.topic}/{source.partition}", ts_us)
        return Output(DRIFT, event.model.encode(), event.model_dump_json().encode(), about, position)

    def _event(self, loss: PerformanceLoss, ts_us: int, ident: str, source: SourceRecord) -> DriftDetected:
        name = parse_model_name(loss.model)
        assert name is not None
        found, missed, false_alarms = (loss.count(word) for word in ("found", "missed", "false_alarm"))
        return DriftDetected.model_validate(
            {
                "id": ident,
                "model": loss.model,
                "lane": name[0],
                "sensor_type": name[1],
                "cause": "performance_loss",
                "ts": format_time(ts_us),
                "changed_at": format_time(min(loss.changed_us, ts_us)),
                "assets": loss.assets,
                "sensors": loss.sensors,
                "assets_watched": len({outcome.asset_id for outcome in loss.outcomes}),
                "rows": self._rows(name, loss.changed_us),
                "features": [],
                "joint": None,
                "performance": DriftPerformance(
                    version=loss.version,
                    labels=len(loss.outcomes),
                    found=found,
                    missed=missed,
                    false_alarms=false_alarms,
                    precision=loss.precision,
                    recall=loss.recall,
                ),
                "noticed_at": {},
                "evidence": [
                    f"by the last {len(loss.outcomes)} labels version {loss.version} found {found} faults and missed "
                    f"{missed}, and {false_alarms} of its alarms were false"
                ],
                "suggested_action": ACTIONS["performance_loss"],
                "source": AnomalySource(**{name: getattr(source, name) for name in SourceRecord.__struct_fields__}),
            }
        )

    def _rows(self, name: tuple[str, str | None], since_us: int) -> int:
        """Return the remembered rows since then of the assets that the model judges."""
        lane, sensor_type = name
        of_model = [
            asset
            for asset in self._fleet.assets.values()
            if asset.lane == lane and (sensor_type is None or sensor_type in asset.types.values())
        ]
        return sum(sum(asset.rows[at] for at in asset.since(since_us)) for asset in of_model)

    def changes(self) -> list[tuple[bytes, bytes]]:
        """Return the packed states that changed since the last call."""
        of = self._performance
        touched, of.touched = sorted(of.touched), set()
        changed = [(alarms_key(asset_id), pack_alarms(of.assets[asset_id])) for asset_id in touched]
        if of.champions_touched:
            of.champions_touched = False
            changed.append((CHAMPIONS, pack_champions(of)))
        return changed
