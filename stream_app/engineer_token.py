"""The token of role engineer that `up` makes where none is configured."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from stream_app.settings import Settings

_NAME = "engineer.token"


def own_engineer_token(settings: Settings) -> Path | None:
    """Return the file of the token of whoever runs the embedded Kafka; None where Kafka or a token is configured."""
    if settings.brokers is not None or settings.web.engineer_token is not None:
        return None
    folder = settings.data_dir.absolute() / "keys"
    path = folder / _NAME
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = folder / f"{_NAME}.{os.getpid()}"
        # Made with its mode, never readable by others in between; linked, so that of two makers one wins.
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path
