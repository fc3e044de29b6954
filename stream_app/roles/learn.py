"""Role `learn`: the process that watches for drift and has models trained."""

import sys
from typing import TYPE_CHECKING

import structlog

from stream_app.cron import NEVER
from stream_app.roles import lane_worker

if TYPE_CHECKING:
    from agents.learning import Learning
    from agents.trainer import TrainerOptions
    from stream_app.settings import Settings

log = structlog.get_logger(__name__)


def run(settings: "Settings", name: str) -> int:
    """Run one learn worker until SIGTERM or SIGINT; return its exit code."""
    from models.drift.warm_up import warm_up

    log.debug("worker.starting", role="learn", name=name)
    warm_up()
    return lane_worker.run(build, settings, name)


def build(settings: "Settings", name: str) -> "Learning":
    """Make the app of a worker from the settings."""
    from agents.learning import Learning
    from stream_app.promotions import watch_promotions
    from stream_app.roles import health_views

    learning = Learning(
        lane_worker.new_app(settings, "learn", name),
        settings.kafka_connection(settings.brokers),
        settings.drift_tuning(),
        settings.retraining_tuning(),
        trainer_options(settings),
        name=name,
        group=f"{settings.kafka.group}-learn",
        partitions=settings.kafka.partitions,
        checkpoint_interval_s=settings.checkpoint.interval_s,
        checkpoint_budget=settings.checkpoint.budget,
    )
    health_views.add(learning)
    watch_promotions(settings, learning)
    _report_on_schedule(settings, learning)
    return learning


def _report_on_schedule(settings: "Settings", learning: "Learning") -> None:
    from agents.scheduled_report import ScheduledReport
    from schemas.topics import FEATURES

    if settings.drift.schedule != NEVER:
        command = (sys.executable, "-m", "stream_app", "drift", "report")
        folder = settings.data_dir.absolute() / "reports"
        ScheduledReport(learning, FEATURES, settings.drift.schedule, command, folder, _child_env(settings))


def _child_env(settings: "Settings") -> dict[str, str]:
    assert settings.brokers is not None
    return {"STREAM_APP_BROKERS": settings.brokers, "STREAM_APP_DATA_DIR": str(settings.data_dir.absolute())}


def trainer_options(settings: "Settings") -> "TrainerOptions":
    """Return how trainings are run: by our own `train`, unless another command is configured."""
    from agents.trainer import TrainerOptions

    return TrainerOptions(
        command=settings.retraining.command or (sys.executable, "-m", "stream_app", "train"),
        algorithms={
            "readings": settings.retraining.algorithm,
            "signals": settings.retraining.algorithm,
            "audio": settings.retraining.sound_algorithm,
        },
        folder=settings.data_dir.absolute() / "trainings",
        env=_child_env(settings),
    )
