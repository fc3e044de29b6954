"""MLflow, loaded late and quiet: no word to outside hosts, no pickles, few log lines."""

import logging
import os
import warnings
from typing import Any

_VARIABLES = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # Standard output is for what was asked for.
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    # A server that is away is told of in seconds, not in minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}


def load_mlflow() -> Any:
    """Return the module mlflow; raises UnavailableError where it is not installed."""
    from schemas.errors import UnavailableError

    for name, value in _VARIABLES.items():
        os.environ.setdefault(name, value)
    try:
        import mlflow
    except ImportError:
        raise UnavailableError(
            "MLflow is not installed; install stream-app[learning], or [training] for deep models."
        ) from None
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    # It asks for an example of the input, whose columns the signature names already.
    warnings.filterwarnings("ignore", message=".*input example.*")
    return mlflow
