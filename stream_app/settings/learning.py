"""Settings of the learning loop: drift, quarantine, retraining, models and their promotion."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from stream_app.settings.branch import NAME, Branch, read_json


class DriftSettings(Branch):
    """When the world has changed; the meaning of each is in `models/drift/tuning.py`."""

    slot_s: float = Field(3_600.0, ge=1.0, le=86_400.0, description="feature rows are judged by slots of so long")
    season_s: float = Field(
        86_400.0, ge=0.0, le=31_536_000.0, description="cycle of healthy machines; 0 where they have none"
    )
    learn_slots: int = Field(72, ge=16, le=10_000, description="slots of an asset to learn from first")
    learn_seasons: int = Field(3, ge=1, le=1_000, description="and of each phase of the cycle so many")
    fleet_share: float = Field(0.5, gt=0.0, le=1.0, description="share of the assets that makes a change fleet-wide")
    fleet_assets: int = Field(3, ge=2, le=100_000, description="and at least so many assets")
    least_labels: int = Field(5, ge=1, le=1_000, description="labels of a champion before they are judged")
    most_wrong_share: float = Field(0.3, gt=0.0, lt=1.0, description="of them, in which the champion may be wrong")
    schedule: str = Field("0 6 * * *", description="when a report is written (cron, UTC), or `never`")

    @field_validator("schedule")
    @classmethod
    def _can_be_kept(cls, value: str) -> str:
        from stream_app.cron import check_cron

        return check_cron(value)


class QuarantineSettings(Branch):
    """What nothing learns from."""

    look_back_s: float = Field(86_400.0, ge=0.0, le=2_592_000.0, description="nor from so long before an anomaly")
    hold_s: float = Field(1_209_600.0, ge=1.0, description="longest quarantine; after it what is, is normal")


class RetrainingSettings(Branch):
    """When models are trained again; the meaning of each is in `models/retraining/tuning.py`."""

    algorithm: str = Field("isolation_forest", pattern=NAME, description="what `train` is told to train")
    sound_algorithm: str = Field(
        "reconstruction_ensemble", pattern=NAME, description="and what of the sound of microphones"
    )
    cooldown_s: float = Field(86_400.0, ge=0.0, description="rest of a model after a training began")
    at_once: int = Field(1, ge=1, le=64, description="trainings that run together")
    per_day: int = Field(24, ge=1, le=10_000, description="trainings that begin within a day")
    timeout_s: float = Field(3_600.0, ge=0.1, description="a training that takes longer is killed")
    least_rows: int = Field(500, ge=1, description="rows since the change that may teach before it begins")
    retry_s: float = Field(600.0, ge=0.1, description="rest after an attempt that crashed or found a service away")
    attempts: int = Field(5, ge=1, le=100, description="attempts of a training at most")
    command: tuple[str, ...] = Field((), description="JSON list: what trains, instead of `stream-app train`")

    _from_json = field_validator("command", mode="before")(read_json)


class ModelsSettings(Branch):
    """How trained models are signed and trusted."""

    signing_key_file: Path | None = Field(
        None, description="Ed25519 private key (PEM) that signs models; none is one made in the data directory"
    )
    trusted_keys_file: Path | None = Field(
        None, description="public keys (PEM) of trusted signers; none is the signing key's alone"
    )


class PromotionSettings(Branch):
    """When a challenger becomes champion; the meaning of each bound is in `models/promotion/gate.py`."""

    mode: Literal["manual", "automatic"] = Field(
        "automatic", description="whether challengers that pass the gate are promoted without a hand"
    )
    rows: int = Field(500, ge=20, le=100_000_000, description="rows that a challenger judges in shadow first")
    canary_share: float = Field(
        0.0, ge=0.0, le=0.5, description="share of the assets that a challenger judges in service before promotion"
    )
    canary_rows: int = Field(500, ge=20, le=100_000_000, description="rows of those before it is promoted")
    guard_rows: int = Field(
        100, ge=20, le=100_000_000, description="rows after which a champion that breaks its bounds is rolled back"
    )
    watch_rows: int = Field(
        10_000, ge=20, le=100_000_000, description="rows after which one that kept its bounds is watched no more"
    )
