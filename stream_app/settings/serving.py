"""Settings of processes: checkpoints, and where they answer."""

from pydantic import Field, SecretStr

from stream_app.settings.branch import NAME, Branch, Port


class CheckpointSettings(Branch):
    """How often state is written."""

    interval_s: float = Field(1.0, gt=0.0, le=300.0, description="shortest time between two checkpoints")
    budget: float = Field(0.1, gt=0.0, le=1.0, description="largest share of the time spent on checkpoints")


class WorkerSettings(Branch):
    """Where a worker answers, and when it is taken for stuck."""

    host: str = Field("127.0.0.1", description="address of the worker's own web views")
    port: Port = Field(6066, ge=0, le=65_535, description="its port; `up` counts on from it, 0 is any")
    name: str | None = Field(
        None, pattern=NAME, description="steady name within the group; if not given, the host's name"
    )
    stuck_after_s: float = Field(60.0, ge=5.0, description="a worker ends itself after so long without progress")


class WebSettings(Branch):
    """Where the page is served."""

    host: str = Field("127.0.0.1", description="address of the page")
    port: Port = Field(8080, ge=0, le=65_535, description="port of the page; `up` counts on from it, 0 is any")
    engineer_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="who may promote models at the page: those who give this token; without one, nobody",
    )
