"""Every setting of the system: one frozen tree, read once per process by `load_settings`."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import platformdirs
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from schemas.errors import SettingsError
from stream_app.settings_refusals import refusal
from stream_app.settings_tree import read_tree

if TYPE_CHECKING:
    from connectors.kafka.connection import KafkaConnection
    from models.drift.tuning import DriftTuning
    from models.retraining.tuning import RetrainingTuning
    from models.tuning import Tuning

Port = int
_NAME = r"^[A-Za-z0-9._-]{1,100}$"


class _Branch(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _read_json(value: Any, info: ValidationInfo) -> Any:
    """Read what an environment variable says of a table; a TOML file has one."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        raise ValueError(f"{info.field_name} are not JSON: {error}") from None


def _check_limits(value: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    for name, (low, high) in value.items():
        if not low < high:
            raise ValueError(f"limits of {name} are [{low:g}, {high:g}], the lower one must be below the other")
    return value


class KafkaSettings(_Branch):
    """How brokers are spoken to, and how topics are made on them."""

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="how the connection is protected"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        None, description="how the user proves itself; wanted by SASL_PLAINTEXT and SASL_SSL"
    )
    sasl_username: str | None = Field(None, description="user name for SASL")
    sasl_password: SecretStr | None = Field(None, description="password for SASL")
    ssl_ca_file: Path | None = Field(None, description="certificates to trust (PEM)")
    ssl_cert_file: Path | None = Field(None, description="client certificate (PEM)")
    ssl_key_file: Path | None = Field(None, description="key of the client certificate (PEM)")
    partitions: int = Field(8, ge=1, le=10_000, description="partitions of a topic that we create")
    replication_factor: int = Field(1, ge=1, le=9, description="copies of a topic that we create")
    repartition: bool = Field(False, description="re-key all readings by asset through an internal topic")
    require_asset_key: bool = Field(False, description="refuse readings whose key is not their asset")
    group: str = Field("pdm", pattern=_NAME, description="consumer groups are GROUP-ROLE, as pdm-monitor")
    session_timeout_s: float = Field(10.0, ge=6.0, le=300.0, description="a worker silent so long is given up")
    fetch_max_bytes: int = Field(1_048_576, ge=16_384, le=104_857_600, description="most bytes of one fetch")
    fetch_wait_ms: int = Field(20, ge=1, le=5_000, description="longest wait for something to fetch")

    @model_validator(mode="after")
    def _credentials_fit_together(self) -> Self:
        sasl = self.security_protocol.startswith("SASL")
        given = [self.sasl_mechanism, self.sasl_username, self.sasl_password]
        if sasl and None in given:
            raise ValueError(
                f"security_protocol {self.security_protocol} needs sasl_mechanism, sasl_username and sasl_password"
            )
        if not sasl and any(value is not None for value in given):
            raise ValueError(
                "sasl_mechanism, sasl_username and sasl_password need"
                f" security_protocol SASL_PLAINTEXT or SASL_SSL, not {self.security_protocol}"
            )
        if (self.ssl_cert_file is None) != (self.ssl_key_file is None):
            raise ValueError("ssl_cert_file and ssl_key_file are given together or not at all")
        return self


class ReadingsSettings(_Branch):
    """What is accepted as a reading, and when."""

    grace_s: float = Field(0.0, ge=0.0, le=86_400.0, description="readings out of order wait so long")
    max_message_bytes: int = Field(1_000_000, ge=1_000, description="larger messages are refused")
    max_future_s: float = Field(300.0, ge=0.0, description="readings so far ahead are refused")


class DetectionSettings(_Branch):
    """How readily anomalies are raised; the meaning of each is in `models/tuning.py`."""

    learn_readings: int = Field(750, ge=60, le=1_000_000, description="readings of a sensor to learn from first")
    profile: Literal["full", "light"] = Field(
        "full", description="what is kept of a sensor: 24 KB, or 4 KB for very many of them"
    )
    novelty_threshold: float = Field(0.32, ge=0.001, le=1_000.0, description="novelty score that raises")
    raise_z: float = Field(
        1.45, ge=0.1, le=1_000.0, description="deviation that opens an episode; 1 is the largest healthy one"
    )
    clear_z: float = Field(1.0, ge=0.01, le=1_000.0, description="deviation below which an episode closes")
    hold_readings: int = Field(5, ge=1, le=10_000, description="readings in a row that open an episode")

    @model_validator(mode="after")
    def _clear_below_raise(self) -> Self:
        if self.clear_z > self.raise_z:
            raise ValueError(f"clear_z {self.clear_z} must not be above raise_z {self.raise_z}")
        return self


class SignalsSettings(_Branch):
    """How waveform blocks are judged; the meaning of each is in `models/blocks/tuning.py`."""

    learn_blocks: int = Field(30, ge=8, le=1_000_000, description="blocks of a sensor to learn from at least")
    learn_s: float = Field(30.0, ge=0.0, le=1e9, description="and at least so much of its time")
    hold_blocks: int = Field(3, ge=1, le=10_000, description="strange blocks in a row that raise an anomaly")
    limits: dict[str, tuple[float, float]] = Field(
        {}, description='`{"UNIT": [low, high]}`, the range of the sensors: samples beyond cannot be'
    )

    _from_json = field_validator("limits", mode="before")(_read_json)
    _low_below_high = field_validator("limits")(_check_limits)


class AudioSettings(_Branch):
    """How sound is judged; the meaning of each is in `models/sound/tuning.py`."""

    channels: Literal["mix", "keep"] = Field(
        "mix", description="several channels become one, or `keep` makes a microphone of each"
    )
    span_s: float = Field(10.0, ge=0.5, le=600.0, description="sound in a clip, a multiple of its hop")
    hop_s: float = Field(1.0, ge=0.25, le=60.0, description="time from one clip to the next")
    learn_s: float = Field(120.0, ge=8.0, le=1e6, description="sound of a microphone to learn from first")
    calibrate_s: float = Field(60.0, ge=0.0, le=1e6, description="and to calibrate its score on after that")
    hold_clips: int = Field(3, ge=1, le=10_000, description="strange clips in a row that raise an anomaly")
    keep_clips: bool = Field(False, description="whether the page keeps the sound of each anomaly as a clip")
    clip_retention_h: float = Field(24.0, gt=0.0, le=87_600.0, description="how long a clip is kept")
    clip_token: SecretStr | None = Field(
        None, description="who may hear clips: those who give this token; without one, all who see the page"
    )

    @model_validator(mode="after")
    def _clips_can_be_kept(self) -> Self:
        from models.sound.tuning import SoundTuning

        try:
            SoundTuning(span_s=self.span_s, hop_s=self.hop_s, learn_s=self.learn_s, calibrate_s=self.calibrate_s)
        except SettingsError as error:
            raise ValueError(str(error)) from None
        return self


class WindowsSettings(_Branch):
    """Windows of readings, and when one is strange; the meaning of each is in `models/windows/tuning.py`."""

    readings: int = Field(64, ge=8, le=64, description="readings of a window")
    hop: int = Field(16, ge=2, le=64, description="readings from one window to the next, a divisor of these")
    by_type: dict[str, tuple[int, int]] = Field(
        {}, description='`{"SENSOR_TYPE": [readings, hop]}` where other windows are wanted'
    )
    raise_p: float = Field(0.0025, ge=1e-12, le=0.1, description="a window less likely than this is strange")

    _from_json = field_validator("by_type", mode="before")(_read_json)

    @model_validator(mode="after")
    def _shapes_can_be_kept(self) -> Self:
        from models.windows.tuning import WindowShape

        for shape in ((self.readings, self.hop), *self.by_type.values()):
            try:
                WindowShape(*shape)
            except SettingsError as error:
                raise ValueError(str(error)) from None
        return self


class RelationsSettings(_Branch):
    """When the sensors of an asset part from each other; the meaning of each is in `models/assets/tuning.py`."""

    tick_s: float = Field(
        0.0, ge=0.0, le=86_400.0, description="time between two looks; 0 is the slowest sensor's period"
    )
    learn_ticks: int = Field(400, ge=60, le=1_000_000, description="looks at an asset to learn from first")
    raise_z: float = Field(2.25, ge=0.8, le=1_000.0, description="deviation that raises; 1 is the largest healthy one")
    hold_ticks: int = Field(5, ge=1, le=200, description="looks in a row that raise")


class RegimesSettings(_Branch):
    """Operating modes of assets; the meaning of each is in `models/regimes/tuning.py`."""

    speed_types: tuple[str, ...] = Field(
        ("speed", "rpm", "rotational_speed"), description="sensor types whose level tells the mode, as a JSON list"
    )
    mode_types: tuple[str, ...] = Field(
        ("mode", "operating_mode"), description="sensor types whose value is the number of the mode, as a JSON list"
    )
    learn_readings: int = Field(
        100, ge=10, le=1_000_000, description="readings of a sensor in a new mode to learn from"
    )

    _from_json = field_validator("speed_types", "mode_types", mode="before")(_read_json)


class FeaturesSettings(_Branch):
    """What becomes of feature rows."""

    publish: Literal["all", "sampled", "none"] = Field(
        "all", description="feature rows that go to pdm.features.v1; sampled is one in 16 of a sensor"
    )


class DriftSettings(_Branch):
    """When the world has changed; the meaning of each is in `models/drift/tuning.py`."""

    slot_s: float = Field(3_600.0, ge=1.0, le=86_400.0, description="feature rows are judged by slots of so long")
    season_s: float = Field(
        86_400.0, ge=0.0, le=31_536_000.0, description="cycle of healthy machines; 0 where they have none"
    )
    learn_slots: int = Field(72, ge=16, le=10_000, description="slots of an asset to learn from first")
    learn_seasons: int = Field(3, ge=1, le=1_000, description="and of each phase of the cycle so many")
    fleet_share: float = Field(0.5, gt=0.0, le=1.0, description="share of the assets that makes a change fleet-wide")
    fleet_assets: int = Field(3, ge=2, le=100_000, description="and at least so many assets")
    schedule: str = Field("0 6 * * *", description="when a report is written (cron, UTC), or `never`")

    @field_validator("schedule")
    @classmethod
    def _can_be_kept(cls, value: str) -> str:
        from stream_app.cron import check_cron

        return check_cron(value)


class QuarantineSettings(_Branch):
    """What nothing learns from."""

    look_back_s: float = Field(86_400.0, ge=0.0, le=2_592_000.0, description="nor from so long before an anomaly")
    hold_s: float = Field(1_209_600.0, ge=1.0, description="longest quarantine; after it what is, is normal")


class RetrainingSettings(_Branch):
    """When models are trained again; the meaning of each is in `models/retraining/tuning.py`."""

    algorithm: str = Field("isolation_forest", pattern=_NAME, description="what `train` is told to train")
    cooldown_s: float = Field(86_400.0, ge=0.0, description="rest of a model after a training began")
    at_once: int = Field(1, ge=1, le=64, description="trainings that run together")
    per_day: int = Field(24, ge=1, le=10_000, description="trainings that begin within a day")
    timeout_s: float = Field(3_600.0, ge=0.1, description="a training that takes longer is killed")
    least_rows: int = Field(500, ge=1, description="feature rows since the change before a training begins")
    retry_s: float = Field(600.0, ge=0.1, description="rest after an attempt that crashed or found a service away")
    attempts: int = Field(5, ge=1, le=100, description="attempts of a training at most")
    command: tuple[str, ...] = Field((), description="JSON list: what trains, instead of `stream-app train`")

    _from_json = field_validator("command", mode="before")(_read_json)


class HealthSettings(_Branch):
    """When a sensor is taken for unhealthy, apart from its machine."""

    stuck_after_s: float = Field(5.0, ge=0.0, le=86_400.0, description="equal readings must last so long to be stuck")
    good_readings: int = Field(10, ge=1, le=250, description="good readings in a row that make a sensor ok again")
    limits: dict[str, tuple[float, float]] = Field(
        {}, description='`{"SENSOR_TYPE": [low, high]}` in the unit of its readings: what lies beyond cannot be'
    )

    _from_json = field_validator("limits", mode="before")(_read_json)
    _low_below_high = field_validator("limits")(_check_limits)


class ModelsSettings(_Branch):
    """How trained models are signed and trusted."""

    signing_key_file: Path | None = Field(
        None, description="Ed25519 private key (PEM) that signs models; none is one made in the data directory"
    )
    trusted_keys_file: Path | None = Field(
        None, description="public keys (PEM) of trusted signers; none is the signing key's alone"
    )


class PromotionSettings(_Branch):
    """When a challenger becomes champion; the meaning of each bound is in `models/promotion/gate.py`."""

    mode: Literal["manual", "automatic"] = Field(
        "automatic", description="whether challengers that pass the gate are promoted without a hand"
    )
    rows: int = Field(500, ge=20, le=100_000_000, description="rows that a challenger judges in shadow first")
    guard_rows: int = Field(
        100, ge=20, le=100_000_000, description="rows after which a champion that breaks its bounds is rolled back"
    )


class CheckpointSettings(_Branch):
    """How often state is written."""

    interval_s: float = Field(1.0, gt=0.0, le=300.0, description="shortest time between two checkpoints")
    budget: float = Field(0.1, gt=0.0, le=1.0, description="largest share of the time spent on checkpoints")


class WorkerSettings(_Branch):
    """Where a worker answers, and when it is taken for stuck."""

    host: str = Field("127.0.0.1", description="address of the worker's own web views")
    port: Port = Field(6066, ge=0, le=65_535, description="its port; `up` counts on from it, 0 is any")
    name: str | None = Field(
        None, pattern=_NAME, description="steady name within the group; if not given, the host's name"
    )
    stuck_after_s: float = Field(60.0, ge=5.0, description="a worker ends itself after so long without progress")


class WebSettings(_Branch):
    """Where the page is served."""

    host: str = Field("127.0.0.1", description="address of the page")
    port: Port = Field(8080, ge=0, le=65_535, description="port of the page; `up` counts on from it, 0 is any")


class Settings(BaseSettings):
    """All settings; validated, immutable, and never read from the environment except by `load_settings`."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    brokers: str | None = Field(None, description="Kafka as host:port,…; none is embedded")
    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("stream-app", appauthor=False)),
        description="where embedded services keep their data",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="what is logged")
    log_format: Literal["console", "json"] = Field("console", description="log lines for people or as JSON")
    database_url: SecretStr | None = Field(None, description="PostgreSQL by URL; none is embedded")
    mlflow_uri: str | None = Field(
        None, description="MLflow as sqlite:///PATH or http(s)://HOST; none is a file in the data directory"
    )
    assets_file: Path | None = Field(None, description="TOML file of speeds, bearings and gears by asset")
    kafka: KafkaSettings = KafkaSettings()
    readings: ReadingsSettings = ReadingsSettings()
    detection: DetectionSettings = DetectionSettings()
    signals: SignalsSettings = SignalsSettings()
    audio: AudioSettings = AudioSettings()
    windows: WindowsSettings = WindowsSettings()
    relations: RelationsSettings = RelationsSettings()
    regimes: RegimesSettings = RegimesSettings()
    features: FeaturesSettings = FeaturesSettings()
    drift: DriftSettings = DriftSettings()
    quarantine: QuarantineSettings = QuarantineSettings()
    retraining: RetrainingSettings = RetrainingSettings()
    health: HealthSettings = HealthSettings()
    models: ModelsSettings = ModelsSettings()
    promotion: PromotionSettings = PromotionSettings()
    checkpoint: CheckpointSettings = CheckpointSettings()
    worker: WorkerSettings = WorkerSettings()
    web: WebSettings = WebSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from the arguments alone: `load_settings` is the one reader of the environment."""
        return (init_settings,)

    def kafka_connection(self, brokers: str | None = None) -> "KafkaConnection":
        """Return how to reach `brokers`, else the configured ones; raises SettingsError if none."""
        from connectors.kafka.connection import KafkaConnection

        where = brokers or self.brokers
        if where is None:
            raise SettingsError("No Kafka is configured; set STREAM_APP_BROKERS to host:port.")
        kafka = self.kafka
        return KafkaConnection(
            brokers=where,
            security_protocol=kafka.security_protocol,
            sasl_mechanism=kafka.sasl_mechanism,
            sasl_username=kafka.sasl_username,
            sasl_password=kafka.sasl_password.get_secret_value() if kafka.sasl_password else None,
            ssl_ca_file=_text(kafka.ssl_ca_file),
            ssl_cert_file=_text(kafka.ssl_cert_file),
            ssl_key_file=_text(kafka.ssl_key_file),
        )

    def tuning(self) -> "Tuning":
        """Return the constants of the models."""
        from models.tuning import Tuning

        detection, health = self.detection, self.health
        return Tuning.of_profile(
            detection.profile,
            grace_s=self.readings.grace_s,
            learn_readings=detection.learn_readings,
            novelty_threshold=detection.novelty_threshold,
            raise_z=detection.raise_z,
            clear_z=detection.clear_z,
            hold_readings=detection.hold_readings,
            stuck_after_s=health.stuck_after_s,
            good_readings=health.good_readings,
        )

    def drift_tuning(self) -> "DriftTuning":
        """Return the constants of the drift watch."""
        from models.drift.tuning import DriftTuning

        drift, quarantine = self.drift, self.quarantine
        return DriftTuning(
            slot_s=drift.slot_s,
            season_s=drift.season_s,
            learn_slots=drift.learn_slots,
            learn_seasons=drift.learn_seasons,
            fleet_share=drift.fleet_share,
            fleet_assets=drift.fleet_assets,
            look_back_s=quarantine.look_back_s,
            hold_s=quarantine.hold_s,
        )

    def retraining_tuning(self) -> "RetrainingTuning":
        """Return the constants of the retraining policy."""
        from models.retraining.tuning import RetrainingTuning

        told = self.retraining
        return RetrainingTuning(
            cooldown_s=told.cooldown_s,
            at_once=told.at_once,
            per_day=told.per_day,
            timeout_s=told.timeout_s,
            least_rows=told.least_rows,
            retry_s=told.retry_s,
            attempts=told.attempts,
            most_future_s=self.readings.max_future_s,
        )


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def load_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of `env` (else of this process) over those of its TOML file, or raise SettingsError."""
    tree = read_tree(Settings, os.environ if env is None else env)
    try:
        return Settings(**tree.values)
    except ValidationError as error:
        raise SettingsError(refusal(Settings, error, tree.origin)) from None
