"""The part of the REST interface that tells of models, drift and retraining."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse

from schemas.times import parse_time
from stream_app.web.learning.answers import (
    AccessAnswer,
    Drift,
    ModelDetail,
    ModelEvents,
    Models,
    Reports,
    Retraining,
)
from stream_app.web.learning.model_view import model_detail, model_names, model_row
from stream_app.web.learning.reports import REPORT_POLICY
from stream_app.web.parts import Parts
from stream_app.web.problem import ANSWERS, ProblemError
from stream_app.web.times import Time, time_us

Model = Annotated[str | None, Query(max_length=300, description="registered name of the model")]
Limit = Annotated[int, Query(ge=1, le=5_000)]


def learning_router(parts: Parts) -> APIRouter:
    """Return the routes over the parts of the role."""
    routes = APIRouter(prefix="/api/v1", responses=ANSWERS)
    store, learned, learning = parts.store, parts.store.learned, parts.learning

    @routes.get("/access", tags=["access"])
    def access(request: Request) -> AccessAnswer:
        """Tell what the token of this request allows."""
        role = parts.access.role(request.headers.get("authorization"))
        return AccessAnswer(role=role, writing=parts.access.engineer is not None)

    @routes.get("/models", tags=["models"])
    def list_models() -> Models:
        """List the models with their champions."""
        registry = learning.registry.read()
        with store.lock:
            rows = [model_row(name, learned, registry) for name in model_names(learned, registry)]
        return Models(registry_trouble=registry.trouble, models=rows)

    @routes.get("/models/{name}", tags=["models"])
    def model(name: str) -> ModelDetail:
        """Return one model: its versions with their metrics, and how its challenger does in shadow."""
        if learning.shadow is not None:
            learning.shadow.look_at()
        registry = learning.registry.read()
        with store.lock:
            if name not in model_names(learned, registry):
                raise ProblemError(
                    404,
                    f"Model {name!r} is not known",
                    registry.trouble or "neither the registry nor Kafka tells of it",
                    "see /api/v1/models, or train it by `stream-app train`",
                )
            return model_detail(name, learned, registry, learning.shadow)

    @routes.get("/models/{name}/events", tags=["models"])
    def model_events(name: str, limit: Limit = 200) -> ModelEvents:
        """List what happened to a model: registered, decided on, promoted, rolled back, loaded, refused."""
        with store.lock:
            events = learned.models.newest(name)
        return ModelEvents(total=len(events), events=events[:limit])

    @routes.get("/retraining", tags=["models"])
    def retraining(model: Model = None, limit: Limit = 200) -> Retraining:
        """List what became of wishes to train models again."""
        with store.lock:
            events = learned.retraining.newest(model)
        return Retraining(total=len(events), events=events[:limit])

    @routes.get("/drift", tags=["drift"])
    def drift(
        model: Model = None,
        asset: Annotated[str | None, Query(max_length=300)] = None,
        since: Time = None,
        limit: Limit = 200,
    ) -> Drift:
        """List the changes that were found."""
        since_us = time_us("since", since)
        with store.lock:
            events = [
                event
                for event in learned.drift.newest(model)
                if (asset is None or asset in event.assets) and (since_us is None or parse_time(event.ts) >= since_us)
            ]
        return Drift(total=len(events), events=events[:limit])

    @routes.get("/drift/reports", tags=["drift"])
    def reports() -> Reports:
        """List the drift reports in the data directory."""
        return Reports(reports=learning.reports.newest())

    @routes.get(
        "/drift/reports/{name}",
        tags=["drift"],
        response_class=FileResponse,
        responses={200: {"content": {"text/html": {}}, "description": "The report"}},
    )
    def report(name: str) -> FileResponse:
        """Return a drift report, one HTML file."""
        path = learning.reports.find(name)
        if path is None:
            raise ProblemError(
                404, f"There is no report {name!r}", "none of that name lies here", "see /api/v1/drift/reports"
            )
        # It has its styles inside, and nothing else may be loaded or run.
        return FileResponse(path, media_type="text/html", headers={"Content-Security-Policy": REPORT_POLICY})

    return routes
