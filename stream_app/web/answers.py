"""The answers of the REST interface."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from stream_app.web.anomaly_log import Anomaly
from stream_app.web.health_book import HealthState, SensorHealth

State = Literal["act", "attention", "sensor", "silent", "learning", "normal"]


class Answer(BaseModel):
    """Base of the answers: every field is always there."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)


class Band(Answer):
    """The band of the expected: at each time the expected value, its lower and its upper edge."""

    ts_us: list[int]
    expected: list[float | None]
    low: list[float | None]
    high: list[float | None]


class Series(Answer):
    """Points of a sensor in order of time, thinned by minimum and maximum; a null value is a gap."""

    sensor_id: str
    asset_id: str
    sensor_type: str | None
    unit: str | None
    from_ts: str | None
    to_ts: str | None
    held: int
    ts_us: list[int]
    value: list[float | None]
    band: Band


class SensorRow(Answer):
    """A sensor as it is now; `period_s` is the usual time between readings, `age_s` that since the last one."""

    sensor_id: str
    asset_id: str
    sensor_type: str | None
    unit: str | None
    state: State
    health: HealthState
    last_ts: str
    value: float | None
    period_s: float | None
    age_s: float


class Sensors(Answer):
    """Sensors in order of their names; `total` counts all that were asked for."""

    total: int
    sensors: list[SensorRow]


class SensorDetail(SensorRow):
    """A sensor with its expected value and its open anomalies."""

    points_held: int
    expected: float | None
    low: float | None
    high: float | None
    open_anomalies: list[Anomaly]


class Spectrum(Answer):
    """Amplitudes at frequencies: the newest against the mean of the healthy ones.

    `source` tells what it was made from: signal blocks, or the last readings themselves.
    """

    sensor_id: str
    unit: str | None
    source: Literal["signals", "readings"]
    ts: str
    rate_hz: float
    samples: int
    rms: float
    frequency_hz: list[float]
    amplitude: list[float]
    healthy: list[float] | None
    healthy_blocks: int


class Sparkline(Answer):
    """Up to 60 points of the asset's most telling sensor, evenly cut from `from_ts` to `to_ts`."""

    sensor_id: str
    from_ts: str
    to_ts: str
    ts_us: list[int]
    value: list[float | None]


class Tile(Answer):
    """An asset as it is now: its state in one word, since when, and the anomaly or the sensor that is the reason."""

    asset_id: str
    state: State
    since_ts: str | None
    worst: Anomaly | None
    unhealthy: SensorHealth | None
    open_anomalies: int
    sensors: int
    last_ts: str
    sparkline: Sparkline


class Fleet(Answer):
    """Assets, worst first; `counts` and `total` are of all that were asked for, not of those listed alone."""

    total: int
    counts: dict[State, int]
    assets: list[Tile]


class AssetDetail(Answer):
    """An asset with its sensors, those in trouble first, and its recent anomalies, last raised first."""

    tile: Tile
    sensors: list[SensorRow]
    anomalies: list[Anomaly]


class Anomalies(Answer):
    """Anomalies, last raised first; `open` counts the open ones of those held."""

    total: int
    open: int
    anomalies: list[Anomaly]


class Worker(Answer):
    """A worker as it answers at `url`; `sensors` are those of all lanes."""

    url: str
    alive: bool
    ready: bool
    partitions: dict[str, list[int]]
    sensors: int | None
    sensors_by_lane: dict[str, int]
    checkpoint_age_s: float | None


class Latency(Answer):
    """From the timestamp of the source record to its decision, over the last scrapes; null where nothing came."""

    p50: float | None
    p99: float | None


class PageReader(Answer):
    """How this page itself keeps up with the readings."""

    following: bool
    records_per_s: float
    lag_records: int
    skipped_records: int
    sensors: int
    points: int
    trouble: str | None


class ModelVersion(Answer):
    """A model that raised one of the anomalies held."""

    name: str
    version: str


class Pipeline(Answer):
    """Whether the system can be trusted now; figures of all workers together, null where none answers."""

    ts: str
    readings_per_s: float | None
    lag_records: int | None
    lag_by_topic: dict[str, int]
    latency_ms: Latency
    dead_letters: dict[str, int]
    workers: list[Worker]
    last_checkpoint_ts: str | None
    models: list[ModelVersion]
    open_anomalies: int
    page: PageReader


class PointsOfSensor(Answer):
    """What came of a sensor since the last event of the stream."""

    ts_us: list[int]
    value: list[float | None]
    band: Band
