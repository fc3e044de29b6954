"""`stream-app simulate`: publish the readings of a simulated fleet with faults, and write down the truth."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TextIO

import click

from schemas.errors import UnavailableError, UsageError
from stream_app.output import Output


@click.command()
@click.option("--sensors", type=click.IntRange(min=1), default=200, show_default=True, help="Sensors, 4 an asset.")
@click.option(
    "--microphones", type=click.IntRange(min=0), default=0, show_default=True, help="Of fans, pumps and valves in turn."
)
@click.option("--rate", type=float, default=1.0, show_default=True, help="Readings a second of each sensor.")
@click.option("--duration", type=click.FloatRange(min=0.0), help="Seconds to run; endless without.")
@click.option("--scenario", default="mixed", show_default=True, help="Which faults; see --list.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Same seed, same fleet.")
@click.option("--truth", type=click.Path(path_type=Path, dir_okay=False), help="Write faults here as JSON lines.")
@click.option("--per-message", type=click.IntRange(min=1), default=1, show_default=True, help="Readings a message.")
@click.option(
    "--history",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Readings of each sensor to send at once, as if it ran for a while: detectors learn from them.",
)
@click.option("--fast", is_flag=True, help="Do not wait: send --duration seconds of readings as fast as it goes.")
@click.option("--start", help="Time of the first reading with --fast (ISO 8601); else --duration ago.")
@click.option("--list", "list_scenarios", is_flag=True, help="Name the scenarios and end.")
@click.pass_obj
def command(
    output: Output,
    *,
    sensors: int,
    microphones: int,
    rate: float,
    duration: float | None,
    scenario: str,
    seed: int,
    truth: Path | None,
    per_message: int,
    history: int,
    fast: bool,
    start: str | None,
    list_scenarios: bool,
) -> None:
    """Publish a simulated fleet to pdm.readings.v1: SENSORS times RATE readings a second in all, keyed by asset.

    Without --fast the event time is now. A sensor's first fault comes after 800 readings (or after half of the
    run where it is shorter than 900) and after --history, so that detectors have learned what is healthy.
    Microphones are published beside the fleet to pdm.audio.frames.v1, half a second of sound in a message; the first
    fault of each comes after 200 seconds, or after half of a run shorter than 320.
    """
    from models.simulation.fleet import Fleet
    from models.simulation.scenarios import SCENARIOS
    from models.simulation.schedule import LEARN_READINGS
    from schemas.times import parse_time
    from schemas.topics import AUDIO_FRAMES, READINGS
    from stream_app.publishing.beside import beside
    from stream_app.publishing.destination import open_writer
    from stream_app.publishing.fleet_feed import FleetFeed
    from stream_app.publishing.progress import progress
    from stream_app.publishing.simulation_run import Clock, SimulationRun
    from stream_app.publishing.sound_run import SoundRun
    from stream_app.publishing.stopping import stop_on_sigterm

    if list_scenarios:
        output.document({"scenarios": [{"name": s.name, "about": s.about} for s in SCENARIOS.values()]})
        output.table(["SCENARIO", "WHAT HAPPENS"], [[s.name, s.about] for s in SCENARIOS.values()])
        return
    if fast and duration is None:
        raise UsageError("--fast has no end without --duration; give the seconds of data to send.")
    if start is not None and not fast:
        raise UsageError(f"--start {start} needs --fast; without it readings carry the present time.")
    total = None if duration is None else history + max(1, round(duration * rate))
    spoken_for_s = (history if not fast else total or 0) / rate if rate > 0 else 0.0
    try:
        start_us = parse_time(start) if start is not None else round((time.time() - spoken_for_s) * 1e6)
    except ValueError as error:
        raise UsageError(f"--start is unusable: {error}.") from None
    learn = max(LEARN_READINGS, history)
    fleet = Fleet(sensors, rate, scenario, seed, start_us=start_us, total_readings=total, learn_readings=learn)
    began = time.monotonic()
    topics = (READINGS, AUDIO_FRAMES) if microphones else (READINGS,)
    with _truth_file(truth) as truth_lines, open_writer(*topics) as writer, stop_on_sigterm() as stop:
        clock = Clock(lambda: time.time_ns() // 1000, stop.wait)
        feed = FleetFeed(fleet, partial(writer.send, READINGS), seed=seed, per_message=per_message)
        run = SimulationRun(
            fleet,
            feed,
            clock,
            total_readings=total,
            live=not fast,
            truth=truth_lines,
        )
        sound = SoundRun(
            microphones,
            seed,
            writer.send,
            clock,
            start_us=start_us,
            total_s=None if total is None else total / rate,
            live=not fast,
            faulty=bool(fleet.scenario.faults),
            truth=truth_lines,
        )
        with (
            beside(sound.run, stop) if microphones else nullcontext(),
            progress("simulate", "readings", None if total is None else total * sensors) as advance,
        ):
            run.run(lambda: advance(feed.readings))
    seconds = time.monotonic() - began
    faults = run.faults + sound.faults
    per_s = feed.readings / max(seconds, 1e-9)
    output.document(
        {
            "scenario": scenario,
            "seed": seed,
            "sensors": sensors,
            "readings": feed.readings,
            "messages": feed.messages,
            "audio_frames": sound.frames,
            "faults": faults,
            "seconds": round(seconds, 3),
            "readings_per_s": round(per_s, 1),
        }
    )
    heard = f"{sound.frames:,} audio frames of {microphones:,} microphones, " if microphones else ""
    output.text(
        f"{feed.readings:,} readings of {sensors:,} sensors in {feed.messages:,} messages, {heard}"
        f"{faults} faults, {seconds:.1f} s ({per_s:,.0f} readings/s)"
    )


@contextmanager
def _truth_file(path: Path | None) -> Iterator[TextIO | None]:
    if path is None:
        yield None
        return
    try:
        lines = path.open("w", encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"File {path} cannot be written ({error.strerror}); choose another --truth.") from None
    with lines:
        yield lines
