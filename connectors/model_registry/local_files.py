"""The files of a version that lie in a folder of this machine."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from connectors.model_artefacts.folder import read_folder
from schemas.errors import UnavailableError


def local_files(source: str) -> dict[str, bytes]:
    """Return the files at `source`, a path or a file: address; raises UnavailableError on another kind of place."""
    parts = urlsplit(source)
    if parts.scheme not in {"", "file"} or parts.netloc not in {"", "localhost"}:
        raise UnavailableError(
            f"Model files at {parts.scheme}: cannot be read by workers; have the MLflow server serve its artefacts."
        )
    return read_folder(Path(unquote(parts.path)))
