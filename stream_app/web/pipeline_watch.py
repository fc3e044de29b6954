"""Asks the workers every two seconds how they are, and puts their figures together."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from threading import Event, Thread

from schemas.times import format_time
from stream_app.live_figures import LiveFigures
from stream_app.standing import WorkerStanding, worker_standing
from stream_app.web.answers import Latency, ModelVersion, PageReader, Pipeline, Worker
from stream_app.web.feeds import Feeds
from stream_app.web.metrics import POINTS, SENSORS
from stream_app.web.store import Store
from stream_app.worker_scrape import Sample, scrape

_EVERY_S = 2.0


class PipelineWatch:
    """`latest` is the newest Pipeline, `version` counts them; `urls` says where the workers are at each look."""

    def __init__(self, urls: Callable[[], Iterable[str]], store: Store, feeds: Feeds | None) -> None:
        self._urls, self._store, self._feeds = urls, store, feeds
        self._figures = LiveFigures()
        self._stop = Event()
        self.version = 0
        self.latest = self._pipeline({}, {})

    def start(self) -> None:
        """Begin to ask, in a thread that ends with the process at the latest."""
        Thread(target=self._keep, name="pipeline watch", daemon=True).start()

    def stop(self) -> None:
        """Ask no more."""
        self._stop.set()

    def _keep(self) -> None:
        while not self._stop.is_set():
            self.look()
            self._stop.wait(_EVERY_S)

    def look(self) -> None:
        """Ask every worker once."""
        samples = {url: scrape(url) for url in self._urls()}
        standings = {url: worker_standing(url, found) for url, found in samples.items()}
        self.latest = self._pipeline(standings, {url: found for url, found in samples.items() if found is not None})
        self.version += 1

    def _pipeline(self, standings: dict[str, WorkerStanding], samples: dict[str, list[Sample]]) -> Pipeline:
        figures = self._figures.advance(time.monotonic(), samples)
        lag, letters = Counter[str](), Counter[str]()
        for sample in (sample for found in samples.values() for sample in found):
            if sample.name == "pdm_lag_records":
                lag[sample.labels["topic"]] += round(sample.value)
            elif sample.name == "pdm_dead_letters_total":
                letters[sample.labels["reason"]] += round(sample.value)
        now_s = time.time()
        ages_s = [one.checkpoint_age_s for one in standings.values() if one.checkpoint_age_s is not None]
        with self._store.lock:
            models = sorted(self._store.anomalies.models)
            open_anomalies = sum(len(mine) for mine in self._store.anomalies.open_by_asset.values())
        return Pipeline(
            ts=format_time(round(now_s * 1e6)),
            readings_per_s=round(figures.readings_per_s, 1) if samples else None,
            lag_records=sum(lag.values()) if samples else None,
            lag_by_topic=dict(sorted(lag.items())),
            latency_ms=Latency(p50=figures.p50_ms, p99=figures.p99_ms),
            dead_letters={reason: n for reason, n in letters.most_common() if n},
            workers=[Worker.model_validate(one, from_attributes=True) for one in standings.values()],
            last_checkpoint_ts=format_time(round((now_s - min(ages_s)) * 1e6)) if ages_s else None,
            models=[ModelVersion(name=name, version=version) for name, version in models],
            open_anomalies=open_anomalies,
            page=self._page(),
        )

    def _page(self) -> PageReader:
        with self._store.lock:
            sensors, points = len(self._store.sensors), self._store.sensors.rings.points
        SENSORS.set(sensors)
        POINTS.set(points)
        feed = self._feeds.readings if self._feeds else None
        return PageReader(
            following=feed is not None and feed.following,
            records_per_s=round(feed.pace.records_per_s, 1) if feed else 0.0,
            lag_records=feed.pace.lag_records if feed else 0,
            skipped_records=self._feeds.skipped_records if self._feeds else 0,
            sensors=sensors,
            points=points,
            trouble=feed.trouble if feed else None,
        )
