"""Every error of the REST interface: what is wrong, why, and what to do."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException


class Problem(BaseModel):
    """The body of every answer from 400 on."""

    what: str
    why: str
    remedy: str


class ProblemError(Exception):
    """Ends a request with a status and a Problem."""

    def __init__(self, status: int, what: str, why: str, remedy: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{what}: {why}; {remedy}")
        self.status, self.headers = status, headers
        self.problem = Problem(what=what, why=why, remedy=remedy)


ANSWERS: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "There is no such thing"},
    422: {"model": Problem, "description": "A parameter is wrong"},
}

WRITE_ANSWERS: dict[int | str, dict[str, Any]] = {
    **ANSWERS,
    401: {"model": Problem, "description": "The token of role engineer was not given"},
    403: {"model": Problem, "description": "Nothing can be changed from here, or from where the request came"},
    409: {"model": Problem, "description": "It stands otherwise than the request says"},
    503: {"model": Problem, "description": "Kafka or the model registry is away"},
}


def no_sensor(sensor_id: str) -> ProblemError:
    """Return the problem of a sensor that was never heard of."""
    return ProblemError(
        404,
        f"Sensor {sensor_id!r} is not known",
        "no reading of it came since this page was started, or in the 15 minutes before",
        "see /api/v1/sensors, or publish its readings to pdm.readings.v1",
    )


def no_asset(asset_id: str) -> ProblemError:
    """Return the problem of an asset that was never heard of."""
    return ProblemError(
        404,
        f"Asset {asset_id!r} is not known",
        "no reading of its sensors came since this page was started, or in the 15 minutes before",
        "see /api/v1/assets, or publish its readings to pdm.readings.v1",
    )


def add_handlers(app: FastAPI) -> None:
    """Let every error of `app` have the body of a Problem."""

    @app.exception_handler(ProblemError)
    async def told(request: Request, error: ProblemError) -> JSONResponse:
        return JSONResponse(error.problem.model_dump(), error.status, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        name = str(first["loc"][-1])
        problem = Problem(
            what=f"Parameter {name!r} is wrong",
            why=f"{first['msg']}, not {first.get('input')!r}",
            remedy="see /api/v1/openapi.json for what is allowed",
        )
        return JSONResponse(problem.model_dump(), 422)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        problem = Problem(
            what=f"{request.method} {request.url.path} is not answered",
            why=str(error.detail),
            remedy="see /api/v1/openapi.json for what there is",
        )
        return JSONResponse(problem.model_dump(), error.status_code, headers=error.headers)
