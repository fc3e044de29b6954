"""Where no feature blocks tell the band of the expected, the workers' views do, for the sensors that are looked at."""

import json
import time
import urllib.parse
from collections.abc import Callable, Iterable
from threading import Event, Thread
from typing import Any

from stream_app.settings.readings import DetectionSettings
from stream_app.web.store import Store
from stream_app.worker_scrape import read

_EVERY_S = 2.0
_WATCHED_FOR_S = 20.0
_MOST = 40


class BandWatch:
    """`look_at` tells that a sensor is on somebody's screen; its band is then asked for every two seconds."""

    def __init__(self, urls: Callable[[], Iterable[str]], store: Store, detection: DetectionSettings) -> None:
        self._urls, self._store, self._detection = urls, store, detection
        self._until_s: dict[str, float] = {}
        self._stop = Event()

    def look_at(self, sensor_ids: Iterable[str]) -> None:
        """Keep the bands of these sensors fresh for the next 20 s."""
        until_s = time.monotonic() + _WATCHED_FOR_S
        self._until_s.update((one, until_s) for one in sensor_ids)

    def start(self) -> None:
        """Begin to ask, in a thread that ends with the process at the latest."""
        Thread(target=self._keep, name="band watch", daemon=True).start()

    def stop(self) -> None:
        """Ask no more."""
        self._stop.set()

    def _keep(self) -> None:
        while not self._stop.wait(_EVERY_S):
            now_s = time.monotonic()
            self._until_s = {one: until_s for one, until_s in self._until_s.copy().items() if until_s > now_s}
            wanted = [one for one in self._until_s if one not in self._store.bands.published]
            for sensor_id in wanted[:_MOST]:
                if self._stop.is_set():
                    return
                self._ask(sensor_id)

    def _ask(self, sensor_id: str) -> None:
        path = f"/sensors/{urllib.parse.quote(sensor_id)}/?lane=readings"
        # Any worker passes the question on to the owner.
        for url in self._urls():
            try:
                answer = json.loads(read(url + path))
            except (OSError, ValueError):
                continue
            self.take(sensor_id, answer)
            return

    def take(self, sensor_id: str, state: dict[str, Any]) -> None:
        """Take a worker's view of a sensor; one that has not learned yet has no band."""
        learned = int(state.get("learned", 0)) >= self._detection.learn_readings
        with self._store.lock:
            (self._store.bands.learning.discard if learned else self._store.bands.learning.add)(sensor_id)
            row = self._store.sensors.find(sensor_id)
            if row is None or not learned:
                return
            expected = float(state["expected"])
            wide = self._detection.raise_z * float(state["largest_healthy_deviation"])
            self._store.bands.add(row, int(state["last_ts_us"]), (expected, expected - wide, expected + wide))
