"""An MLflow server, read by its REST interface; user or token are those of MLflow's own variables."""

import base64
import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException, IncompleteRead
from math import isfinite
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from connectors.model_artefacts.artefact import MOST_BYTES
from connectors.model_registry.aliases import SERVED_PATH, Aliases, AliasTarget
from connectors.model_registry.local_files import local_files
from connectors.model_registry.versions import Version
from schemas.errors import RefusedModelError, UnavailableError
from schemas.model_names import PREFIX

_TIMEOUT_S = 3.0
_PAGE = 500
_API = "/api/2.0/mlflow"
_PROXIED = "mlflow-artifacts"


class RestReader:
    """Reads the server at `url`; MLFLOW_TRACKING_TOKEN, or _USERNAME and _PASSWORD, prove who asks."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._sources: dict[tuple[str, int], str] = {}
        self._metrics: dict[str, dict[str, float]] = {}

    def aliases(self) -> Aliases:
        """Return what all aliases of our models point to."""
        found: Aliases = {}
        for name, alias, version in self._aliases():
            found[name, alias] = AliasTarget(name, version, self._source(name, version))
        return found

    def _aliases(self) -> Iterator[tuple[str, str, int]]:
        for model in self._pages("/registered-models/search", "registered_models"):
            for each in model.get("aliases", []):
                yield str(model["name"]), str(each["alias"]), int(each["version"])

    def versions(self) -> list[Version]:
        """Return all versions of our models."""
        pointing: dict[tuple[str, int], list[str]] = {}
        for name, alias, version in self._aliases():
            pointing.setdefault((name, version), []).append(alias)
        return [
            Version(
                name=str(each["name"]),
                version=int(each["version"]),
                run_id=str(each.get("run_id", "")),
                source=str(each.get("source", "")),
                created_ms=int(each["creation_timestamp"]),
                tags={str(tag["key"]): str(tag.get("value", "")) for tag in each.get("tags", [])},
                aliases=tuple(sorted(pointing.get((str(each["name"]), int(each["version"])), []))),
                metrics=self._metrics_of(str(each.get("run_id", ""))),
            )
            for each in self._pages("/model-versions/search", "model_versions")
        ]

    def _metrics_of(self, run_id: str) -> dict[str, float]:
        """Return the metrics of a run, asked once when it has ended: they do not change after that."""
        if not run_id:
            return {}
        known = self._metrics.get(run_id)
        if known is not None:
            return known
        run = self._json("/runs/get", {"run_id": run_id})["run"]
        told = run.get("data", {}).get("metrics", [])
        # MLflow writes NaN as a word.
        metrics = {str(each["key"]): float(each["value"]) for each in told if isfinite(float(each["value"]))}
        if run.get("info", {}).get("status") != "RUNNING":
            self._metrics[run_id] = metrics
        return metrics

    def _pages(self, path: str, items: str) -> Iterator[dict[str, Any]]:
        page = ""
        while True:
            query = {"filter": f"name LIKE '{PREFIX}.%'", "max_results": _PAGE, "page_token": page}
            answer = self._json(path, query)
            yield from answer.get(items, [])
            page = answer.get("next_page_token", "")
            if not page:
                return

    def _source(self, name: str, version: int) -> str:
        """Return where a version's files are, asked once: that never changes."""
        if (name, version) not in self._sources:
            answer = self._json("/model-versions/get-download-uri", {"name": name, "version": version})
            self._sources[name, version] = str(answer["artifact_uri"])
        return self._sources[name, version]

    def files(self, target: AliasTarget) -> dict[str, bytes]:
        """Return the files of a version."""
        parts = urlsplit(target.source)
        if parts.scheme != _PROXIED:
            return local_files(f"{target.source}/{SERVED_PATH}")
        folder = f"{parts.path.strip('/')}/{SERVED_PATH}"
        listed = json.loads(self._get(f"/api/2.0/mlflow-artifacts/artifacts?{urlencode({'path': folder})}"))
        files = {}
        left = MOST_BYTES
        for each in listed.get("files", []):
            name = str(each["path"])
            left -= int(each.get("file_size", 0))
            if each.get("is_dir") or "/" in name or left < 0:
                raise RefusedModelError(f"the model holds {name!r}, or is too large; train it again.", "path")
            files[name] = self._get(f"/api/2.0/mlflow-artifacts/artifacts/{quote(f'{folder}/{name}')}")
        return files

    def _json(self, path: str, query: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._get(f"{_API}{path}?{urlencode(query)}") or b"{}")
        return answer

    def _get(self, path: str) -> bytes:
        request = urllib.request.Request(self._url + path, headers=_credentials())  # noqa: S310 (http(s) alone)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
                content: bytes = answer.read(MOST_BYTES + 1)
                if answer.length and len(content) <= MOST_BYTES:
                    raise IncompleteRead(content, answer.length)
        except urllib.error.HTTPError as error:
            word = "check MLFLOW_TRACKING_USERNAME and _PASSWORD" if error.code in {401, 403} else "see its log"
            raise UnavailableError(f"MLflow at {self._host} answered {error.code}; {word}.") from None
        except (OSError, ValueError, HTTPException) as error:
            # One that dies leaves half an answer: that is no altered model, which would be refused for good.
            raise UnavailableError(
                f"MLflow at {self._host} does not answer ({error}); start it, or correct STREAM_APP_MLFLOW_URI."
            ) from None
        return content

    @property
    def _host(self) -> str:
        """The server's name without what an address may hold of secrets."""
        parts = urlsplit(self._url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def _credentials() -> dict[str, str]:
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    user, password = os.environ.get("MLFLOW_TRACKING_USERNAME"), os.environ.get("MLFLOW_TRACKING_PASSWORD")
    if token:
        return {"Authorization": f"Bearer {token}"}
    if user and password:
        return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
    return {}
