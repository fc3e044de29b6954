"""An artefact as a folder of plain files."""

import stat
from pathlib import Path

from connectors.model_artefacts.artefact import MOST_BYTES, Artefact
from schemas.errors import RefusedModelError, UnavailableError

_MOST_FILES = 16


def write_folder(artefact: Artefact, folder: Path) -> None:
    """Write the files into `folder`; raises UnavailableError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in artefact.files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise UnavailableError(f"Folder {folder} cannot be written ({error.strerror}); make room there.") from None


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by name; raises RefusedModelError on links, folders and too much of anything.

    UnavailableError where the folder cannot be read.
    """
    try:
        entries = sorted(folder.iterdir())
        if len(entries) > _MOST_FILES:
            raise RefusedModelError(f"the model folder {folder} holds {len(entries)} files; train it again.", "path")
        files: dict[str, bytes] = {}
        left = MOST_BYTES
        for entry in entries:
            facts = entry.lstat()
            if not stat.S_ISREG(facts.st_mode):
                raise RefusedModelError(f"{entry} is no plain file; a model folder holds nothing else.", "path")
            left -= facts.st_size
            if left < 0:
                raise RefusedModelError(f"the model folder {folder} is larger than {MOST_BYTES} bytes.", "too_large")
            files[entry.name] = entry.read_bytes()
    except OSError as error:
        raise UnavailableError(f"Model folder {folder} cannot be read ({error.strerror}); check the store.") from None
    return files
