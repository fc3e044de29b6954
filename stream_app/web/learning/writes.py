"""What engineers may change from the page: which version of a model is its champion."""

import threading
from collections.abc import Callable

from fastapi import APIRouter, Depends

from schemas.errors import BadDataError, UnavailableError, UsageError
from stream_app.logs import get_logger
from stream_app.web.learning.answers import Decision, Moved
from stream_app.web.learning.registry_book import RegistryPage
from stream_app.web.parts import Parts
from stream_app.web.problem import WRITE_ANSWERS, ProblemError

log = get_logger(__name__)

_STATUS = {
    UsageError.exit_code: (409, "the registry says otherwise"),
    UnavailableError.exit_code: (503, "something it needs is away"),
    BadDataError.exit_code: (409, "no worker would serve it"),
}


def learning_writes(parts: Parts) -> APIRouter:
    """Return the routes that change something; each asks for role engineer."""
    may_write = [Depends(parts.access.ask_to_write)]
    routes = APIRouter(prefix="/api/v1", responses=WRITE_ANSWERS, tags=["models"], dependencies=may_write)
    # A decision is a process of its own, so that MLflow is not loaded here: one at a time.
    one_at_a_time = threading.Lock()

    @routes.post("/models/{name}/promote")
    def promote(name: str, decision: Decision) -> Moved:
        """Make a version the champion of a model: every worker scores with it within seconds."""
        return decide(name, decision, ["promote", f"--reason={decision.reason}"], [str(decision.version)])

    @routes.post("/models/{name}/rollback")
    def roll_back(name: str, decision: Decision) -> Moved:
        """Make the version that was champion before the champion again."""
        return decide(name, decision, ["rollback", f"--reason={decision.reason}", f"--to={decision.version}"])

    def decide(name: str, asked: Decision, options: list[str], more: list[str] | None = None) -> Moved:
        with one_at_a_time:
            _ask_for_champion(name, asked.champion, parts.learning.registry.read(anew=True))
            _ask_for_kafka(parts.learning.reach_kafka)
            meant = [] if asked.champion is None else [f"--instead-of={asked.champion}"]
            arguments = [*options, *meant, f"--engineer={asked.by}", "--", name, *(more or [])]
            code, said = parts.learning.command(["models", *arguments])
            # What it led to is read anew by whoever asks next.
            parts.learning.registry.read(anew=True)
        if code:
            log.warning("model.not_moved", model=name, version=asked.version, by=asked.by, detail=said)
            status, why = _STATUS.get(code, (500, "the command failed"))
            told = said.removeprefix("stream-app: ") or why
            raise ProblemError(status, f"The champion of {name} was not changed", told, "look again, then decide")
        log.info("model.moved", model=name, version=asked.version, previous=asked.champion, by=asked.by)
        previous = None if asked.champion is None else str(asked.champion)
        return Moved(model=name, version=str(asked.version), previous=previous)

    return routes


def _ask_for_champion(name: str, expected: int | None, registry: RegistryPage) -> None:
    if registry.trouble is not None:
        raise ProblemError(503, "Nothing was changed", registry.trouble, "try again when the registry answers")
    found = next((each.version for each in registry.versions.get(name, []) if "champion" in each.aliases), None)
    if found != expected:
        raise ProblemError(
            409,
            f"The champion of {name} is {'none' if found is None else f'version {found}'} by now",
            f"the request takes it for {'none' if expected is None else f'version {expected}'}",
            "look again, then decide",
        )


def _ask_for_kafka(reach: Callable[[], None]) -> None:
    """What cannot be written down in the audit topic is not done."""
    try:
        reach()
    except UnavailableError as error:
        raise ProblemError(
            503, "Nothing was changed, since it could not be written down", str(error), "try again when Kafka answers"
        ) from None
