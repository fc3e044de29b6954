"""The registry by MLflow's own client: versions, their runs and aliases. Slow to load; not for scoring workers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from connectors.model_artefacts.artefact import Artefact
from connectors.model_artefacts.folder import write_folder
from connectors.model_registry.aliases import SERVED_PATH
from connectors.model_registry.quiet_mlflow import load_mlflow
from connectors.model_registry.versions import Version
from schemas.errors import UnavailableError, UsageError
from schemas.model_names import CHAMPION, PREFIX

EXPERIMENT = "pdm"
MODEL_PATH = "model"

T = TypeVar("T")


class Registry:
    """Registered models at a tracking URI; artefacts of an SQLite store lie beside it.

    Everything raises UnavailableError where the registry does not answer, refuses, or has no room left.
    """

    def __init__(self, uri: str) -> None:
        self._mlflow = load_mlflow()
        self._where = _without_secrets(uri)
        self._artefacts: str | None = None
        if uri.startswith("sqlite:///"):
            folder = Path(uri.removeprefix("sqlite:///")).parent
            with self._answering():
                folder.mkdir(parents=True, exist_ok=True)
            self._artefacts = (folder / "artefacts").absolute().as_uri()
        self.client: Any = self._ask(lambda: self._mlflow.MlflowClient(uri, uri))

    @contextmanager
    def _answering(self) -> Iterator[None]:
        from sqlite3 import Error as SqliteError

        from requests.exceptions import RequestException
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except (self._mlflow.exceptions.MlflowException, RequestException, SQLAlchemyError, SqliteError, OSError) as e:
            first = str(e).strip().splitlines()[0] if str(e).strip() else type(e).__name__
            raise UnavailableError(
                f"The model registry at {self._where} failed ({first}); start it, check user, password and disk, "
                "or correct STREAM_APP_MLFLOW_URI."
            ) from None

    def _ask(self, question: Callable[[], T]) -> T:
        with self._answering():
            return question()

    def begin_run(self, name: str, tags: Mapping[str, str], parent: str | None = None) -> str:
        """Return the id of a new run, nested in the run `parent` where one is given."""
        nested = {} if parent is None else {"mlflow.parentRunId": parent}

        def begin() -> str:
            found = self.client.get_experiment_by_name(EXPERIMENT)
            experiment = found.experiment_id if found else self._new_experiment()
            run_id: str = self.client.create_run(experiment, run_name=name, tags={**tags, **nested}).info.run_id
            return run_id

        return self._ask(begin)

    def _new_experiment(self) -> str:
        try:
            made: str = self.client.create_experiment(EXPERIMENT, artifact_location=self._artefacts)
        except self._mlflow.exceptions.MlflowException:
            # Another training made it meanwhile.
            found = self.client.get_experiment_by_name(EXPERIMENT)
            if found is None:
                raise
            return str(found.experiment_id)
        return made

    def log(self, run_id: str, parameters: Mapping[str, object], metrics: Mapping[str, float]) -> None:
        """Add parameters and metrics to a run."""

        def write() -> None:
            entities = self._mlflow.entities
            now_ms = self._mlflow.utils.time.get_current_time_millis()
            self.client.log_batch(
                run_id,
                metrics=[entities.Metric(name, value, now_ms, 0) for name, value in metrics.items()],
                params=[entities.Param(name, str(value)) for name, value in parameters.items()],
            )

        self._ask(write)

    def tag(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags of a run."""
        entities = self._mlflow.entities
        self._ask(lambda: self.client.log_batch(run_id, tags=[entities.RunTag(*each) for each in tags.items()]))

    def log_files(self, run_id: str, folder: Path, under: str | None = None) -> None:
        """Add all files of a folder to a run."""
        self._ask(lambda: self.client.log_artifacts(run_id, str(folder), under))

    def end_run(self, run_id: str, ok: bool) -> None:
        """Close a run as finished or failed."""
        self._ask(lambda: self.client.set_terminated(run_id, "FINISHED" if ok else "FAILED"))

    def new_version(self, name: str, run_id: str, tags: Mapping[str, str], model_tags: Mapping[str, str]) -> int:
        """Return the number of a new version of `name` whose files are to come under MODEL_PATH of the run."""

        def register() -> int:
            codes = self._mlflow.exceptions
            try:
                self.client.create_registered_model(name, dict(model_tags))
            except codes.MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
            run = self.client.get_run(run_id)
            source = f"{run.info.artifact_uri}/{MODEL_PATH}"
            return int(self.client.create_model_version(name, source, run_id, tags=dict(tags)).version)

        return self._ask(register)

    def alias(self, name: str, alias: str) -> int | None:
        """Return the version that an alias points to, or None."""
        for each in self.versions(name):
            if alias in each.aliases:
                return each.version
        return None

    def point(self, name: str, alias: str, version: int | None) -> None:
        """Move an alias to a version, or take it away."""
        if version is None:
            self._ask(lambda: self.client.delete_registered_model_alias(name, alias))
        else:
            self._ask(lambda: self.client.set_registered_model_alias(name, alias, str(version)))

    def names(self) -> list[str]:
        """Return the names of all our registered models."""
        found = self._ask(lambda: self.client.search_registered_models(f"name LIKE '{PREFIX}.%'", max_results=1000))
        return sorted(str(model.name) for model in found)

    def versions(self, name: str) -> list[Version]:
        """Return all versions of a model, the newest first; raises UsageError where there is no such model."""

        def read() -> list[Version]:
            model = self.client.get_registered_model(name)
            by_version: dict[int, list[str]] = {}
            for alias, version in model.aliases.items():
                by_version.setdefault(int(version), []).append(alias)
            found = self.client.search_model_versions(f"name = '{name}'", max_results=1000)
            return [self._version(each, by_version.get(int(each.version), [])) for each in found]

        try:
            found = self._ask(read)
        except UnavailableError as error:
            if "not found" in str(error):
                raise UsageError(f"There is no model {name!r}; see `stream-app models list`.") from None
            raise
        return sorted(found, key=lambda each: -each.version)

    def _version(self, found: Any, aliases: list[str]) -> Version:
        metrics = self.client.get_run(found.run_id).data.metrics if found.run_id else {}
        return Version(
            name=str(found.name),
            version=int(found.version),
            run_id=str(found.run_id or ""),
            source=str(found.source),
            created_ms=int(found.creation_timestamp),
            tags=dict(found.tags),
            aliases=tuple(sorted(aliases)),
            metrics=dict(metrics),
        )

    def files(self, version: Version, into: Path) -> Path:
        """Bring the signed artefact of a version into `into` and return its folder."""

        def bring() -> Path:
            source, uri = f"{version.source}/{SERVED_PATH}", self.client.tracking_uri
            return Path(self._mlflow.artifacts.download_artifacts(source, dst_path=str(into), tracking_uri=uri))

        return self._ask(bring)

    def put_artefact(self, run_id: str, artefact: Artefact, scratch: Path) -> None:
        """Write the signed artefact to where `files` and workers look for it."""
        folder = scratch / "served"
        write_folder(artefact, folder)
        self.log_files(run_id, folder, f"{MODEL_PATH}/{SERVED_PATH}")


def champion_of(versions: list[Version]) -> Version | None:
    """Return the one with the alias champion."""
    return next((each for each in versions if CHAMPION in each.aliases), None)


def _without_secrets(uri: str) -> str:
    parts = urlsplit(uri)
    if not parts.hostname:
        return uri
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"
