"""MLflow's own flavour of a version, so that notebooks can load it: code by path, arrays as files, no pickle."""

import warnings
from importlib.metadata import version
from pathlib import Path

from connectors.model_registry.quiet_mlflow import load_mlflow

_CODE = Path(__file__).with_name("flavour_code.py")


def save_flavour(served: Path, folder: Path, columns: tuple[str, ...]) -> None:
    """Write into `folder` a pyfunc model that judges rows of `columns` by the artefact in `served`."""
    mlflow = load_mlflow()
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    signature = ModelSignature(
        Schema([ColSpec(DataType.double, name) for name in columns]),
        Schema([ColSpec(DataType.double, name) for name in ("score", "p_value")]),
    )
    # The flavour's `predict` has no type hints on purpose; MLflow would say so each time.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        mlflow.pyfunc.save_model(
            str(folder),
            python_model=str(_CODE),
            artifacts={"served": str(served)},
            signature=signature,
            # Asked for, MLflow would find them out by loading the model in a process of its own.
            pip_requirements=[f"stream-app=={version('stream-app')}"],
        )
