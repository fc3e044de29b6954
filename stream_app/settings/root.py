"""Every setting of the system: one frozen tree, read once per process by `load_settings`."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from schemas.errors import SettingsError
from stream_app.settings.audio import AudioSettings
from stream_app.settings.kafka import KafkaSettings
from stream_app.settings.learning import (
    DriftSettings,
    ModelsSettings,
    PromotionSettings,
    QuarantineSettings,
    RetrainingSettings,
)
from stream_app.settings.readings import (
    DetectionSettings,
    FeaturesSettings,
    HealthSettings,
    ReadingsSettings,
    RegimesSettings,
    RelationsSettings,
    WindowsSettings,
)
from stream_app.settings.refusals import refusal
from stream_app.settings.serving import CheckpointSettings, WebSettings, WorkerSettings
from stream_app.settings.signals import SignalsSettings
from stream_app.settings.tree import read_tree

if TYPE_CHECKING:
    from connectors.kafka.connection import KafkaConnection
    from models.drift.tuning import DriftTuning
    from models.retraining.tuning import RetrainingTuning
    from models.tuning import Tuning


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
        from models.drift.tuning import LABELS, DriftTuning

        drift, quarantine = self.drift, self.quarantine
        return DriftTuning(
            slot_s=drift.slot_s,
            season_s=drift.season_s,
            learn_slots=drift.learn_slots,
            learn_seasons=drift.learn_seasons,
            fleet_share=drift.fleet_share,
            fleet_assets=drift.fleet_assets,
            labels=replace(LABELS, bound=drift.most_wrong_share, least=drift.least_labels),
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
