"""Run by MLflow when a notebook loads a version: rows of features to scores and p-values."""

from pathlib import Path
from typing import Any

from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel


class JudgeOfRows(PythonModel):
    """Judges feature rows by the served artefact."""

    def load_context(self, context: Any) -> None:
        """Load the artefact; its signature is for workers, which hold the keys."""
        from connectors.model_artefacts.folder import read_folder
        from models.serving.served_model import ServedModel
        from schemas.model_manifest import MANIFEST, MODEL_FILE, decode_manifest

        files = read_folder(Path(context.artifacts["served"]))
        manifest = decode_manifest(files[MANIFEST])
        self._model = ServedModel.unpack(
            files[MODEL_FILE],
            name=manifest.name,
            version=str(manifest.version),
            algorithm=manifest.algorithm,
            lane=manifest.lane,
            columns=manifest.columns,
            context_rows=manifest.context_rows,
        )

    # Without type hints: MLflow would take them for a schema.
    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
        """Return score and p-value of each row of a data frame with the model's columns."""
        import pandas

        rows = model_input[list(self._model.columns)].to_numpy("float64")
        scores, p_values, _ = self._model.judge(rows, self._model.columns)
        return pandas.DataFrame({"score": scores, "p_value": p_values})


set_model(JudgeOfRows())
