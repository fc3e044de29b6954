"""Clips of anomalies that are kept as files for a while, where that is wanted."""

import hashlib
import threading
import time
from pathlib import Path

from schemas.errors import StreamAppError
from stream_app.logs import get_logger
from stream_app.web.anomaly_log import Anomaly
from stream_app.web.sound.archive import SoundArchive
from stream_app.web.store import Store

log = get_logger(__name__)

EVERY_S = 2.0


class KeptClips:
    """Keeps the clip of every audio anomaly that comes, in `folder`, readable by its owner alone, for `retention_s`."""

    def __init__(self, folder: Path, archive: SoundArchive, store: Store, retention_s: float) -> None:
        self._folder, self._archive, self._store, self._retention_s = folder, archive, store, retention_s
        self._version = -1
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kept clips", daemon=True)

    def start(self) -> None:
        """Begin to keep."""
        self._thread.start()

    def stop(self) -> None:
        """Keep no more."""
        self._stop.set()

    def find(self, anomaly_id: str) -> Path | None:
        """Return the file of an anomaly's clip, or None where none is kept."""
        path = self._path(anomaly_id)
        return path if path.is_file() else None

    def look(self) -> None:
        """Keep what is new, and let go what is old."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        oldest_s = time.time() - self._retention_s
        for path in self._folder.glob("*.wav"):
            if path.stat().st_mtime < oldest_s:
                path.unlink(missing_ok=True)
        with self._store.lock:
            changed, version = self._store.anomalies.changed_since(self._version), self._store.anomalies.version
        for anomaly in changed:
            self._keep(anomaly)
        self._version = version

    def _keep(self, anomaly: Anomaly) -> None:
        path = self._path(anomaly.anomaly_id)
        if anomaly.lane != "audio" or path.exists():
            return
        content = self._archive.clip(anomaly)
        if content is None:
            log.info("clip.not_held", anomaly_id=anomaly.anomaly_id, sensor_id=anomaly.sensor_id)
            return
        part = path.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_bytes(content)
        part.replace(path)

    def _path(self, anomaly_id: str) -> Path:
        return self._folder / f"{hashlib.sha256(anomaly_id.encode()).hexdigest()[:32]}.wav"

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            try:
                self.look()
            except (StreamAppError, OSError) as error:
                log.warning("clips.wait", reason=str(error))
