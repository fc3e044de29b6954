"""`stream-app up`: start what is not configured and all roles, and keep them alive."""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

import click

from stream_app.output import Output

_ANOMALY_LINES = 20
"""That are shown between two live lines; what a whole fleet raises at once is counted."""


@click.command()
@click.option("--demo", is_flag=True, help="Add a simulated fleet with faults and show what is found.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Workers of role monitor.")
@click.option("--duration", type=click.FloatRange(min=0.0, min_open=True), help="Seconds to run once ready.")
@click.option("--web-port", type=click.IntRange(1, 65_535), help="Port of the page.")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Where embedded services keep data.")
@click.pass_context
def command(
    ctx: click.Context,
    demo: bool,
    workers: int,
    duration: float | None,
    web_port: int | None,
    data_dir: Path | None,
) -> None:
    """Start Kafka where none is configured, create the topics, run the workers and start again what dies.

    Ctrl-C ends everything within 3 seconds.
    """
    from stream_app.demo import SETTINGS as DEMO_SETTINGS
    from stream_app.logs import configure_logs
    from stream_app.screen import Screen
    from stream_app.settings import load_settings
    from stream_app.up import Up

    output = ctx.find_object(Output) or Output()
    given = {"STREAM_APP_DATA_DIR": data_dir and str(data_dir), "STREAM_APP_WEB__PORT": web_port and str(web_port)}
    if demo:
        for name, value in DEMO_SETTINGS.items():
            os.environ.setdefault(name, value)
    settings = load_settings({**os.environ, **{name: value for name, value in given.items() if value}})
    screen = Screen()
    configure_logs(settings.log_level, settings.log_format, screen)  # type: ignore[arg-type]

    async def watch(up: Up) -> None:
        _announce(output, up)
        if demo:
            await _demo(output, screen, up, duration)
        else:
            await asyncio.sleep(duration) if duration else await asyncio.Event().wait()

    try:
        ctx.exit(Up(settings, workers, lambda name, line: _prefixed(screen, name, line)).run(watch))
    finally:
        screen.end()


def _prefixed(screen: Any, name: str, line: str) -> None:
    from stream_app.demo import FIRST_MODEL

    # What it says is for one who called it; its steps are told as events.
    if name == FIRST_MODEL and not line.startswith("stream-app"):
        return
    screen.write(f"{name:10} | {line}\n")


def _announce(output: Output, up: Any) -> None:
    urls = [worker.url for worker in up.workers]
    output.document(
        {
            "ready": True,
            "brokers": up.brokers,
            "web": up.web.url if up.web else None,
            "database": None,
            "mlflow": up.settings.mlflow_uri,
            "data_dir": str(up.settings.data_dir.absolute()),
            "workers": urls,
        }
    )
    output.text(f"Kafka    {up.brokers}")
    output.text(f"page     {up.web.url}" if up.web else "page     none: install stream-app[web] for it")
    if up.web:
        _announce_engineer(output, up)
    for worker in up.workers:
        output.text(f"worker   {worker.url}/metrics  {worker.spec.name}")
    output.text(f"data     {up.settings.data_dir.absolute()}")
    output.text("ready; Ctrl-C ends everything")


def _announce_engineer(output: Output, up: Any) -> None:
    """Say how to become engineer: the token itself to a terminal alone, since other outputs are kept."""
    from stream_app.engineer_token import own_engineer_token

    path = own_engineer_token(up.settings)
    if path is None:
        return
    if sys.stdout.isatty():
        output.text(f"engineer {up.web.url}/#token={path.read_text('utf-8')}")
    else:
        output.text(f"engineer {up.web.url}/#token=… with what stands in {path}")


async def _demo(output: Output, screen: Any, up: Any, duration_s: float | None) -> None:
    from schemas.topics import DRIFT, MODELS, RETRAINING
    from stream_app.anomaly_feed import AnomalyFeed
    from stream_app.demo import (
        HISTORY_READINGS,
        SENSORS,
        FewLines,
        Truth,
        anomaly_line,
        first_model_child,
        fleet_child,
        live_line,
        truth_file,
    )
    from stream_app.learning_lines import learning_line
    from stream_app.live_figures import LiveFigures
    from stream_app.topic_feed import follow_topic
    from stream_app.worker_scrape import scrape

    truth_file(up.settings).unlink(missing_ok=True)
    truth, few = Truth(truth_file(up.settings)), FewLines(_ANOMALY_LINES)

    def show(event: dict[str, Any]) -> None:
        fault = truth.fault_met(event)
        if output.json:
            output.line({"anomaly": event, "injected": fault})
        elif few.lets_through():
            screen.line(anomaly_line(event, fault))

    def show_step(event: dict[str, Any]) -> None:
        line = learning_line(event)
        if output.json:
            output.line({"learning": event})
        elif line is not None:
            screen.line(line)

    connection = up.settings.kafka_connection(up.brokers)
    feed = AnomalyFeed(connection, show)
    feed.start()
    for topic in (DRIFT, RETRAINING, MODELS):
        follow_topic(connection, topic, show_step)
    up.supervisor.keep(fleet_child(up.settings, up.brokers))
    has_history, can_learn = False, any(worker.spec.name.startswith("learn") for worker in up.workers)
    figures = LiveFigures()
    every_s = 1.0 if screen.is_terminal and not output.json else 2.0
    ends = time.monotonic() + (duration_s or float("inf"))
    while time.monotonic() < ends:
        await asyncio.sleep(min(every_s, max(0.0, ends - time.monotonic())))
        urls = [worker.url for worker in up.workers]
        scrapes = await asyncio.gather(*(asyncio.to_thread(scrape, url) for url in urls))
        found = {url: samples for url, samples in zip(urls, scrapes, strict=True) if samples is not None}
        now = figures.advance(time.monotonic(), found)
        if can_learn and not has_history and now.readings >= HISTORY_READINGS * SENSORS:
            has_history = True
            up.supervisor.keep(first_model_child(up.settings, up.brokers))
        if output.json:
            output.line({"live": {**_as_dict(now), "anomalies": feed.raised, "open": feed.open}})
            continue
        if rest := few.rest():
            screen.line(f"anomalies          and {rest:,} more events of anomalies at this time")
        screen.live(live_line(now, feed.raised, feed.open))


def _as_dict(figures: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(figures)
