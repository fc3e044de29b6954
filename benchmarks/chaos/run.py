"""One chaos run from the first broker start to the verdict."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agents.monitor import TABLE
from agents.options import ReadingsOptions
from benchmarks.chaos.campaign import Campaign
from benchmarks.chaos.judge import Judgement, judge
from benchmarks.chaos.plan import plan_kills
from benchmarks.chaos.verdict import EXAMPLES, Verdict
from benchmarks.chaos.workers import Workers
from benchmarks.child import Child
from benchmarks.machine import source_digest
from benchmarks.settle import wait_until_committed
from connectors.embedded_kafka.broker import EmbeddedKafka
from connectors.kafka.admin import create_topics
from connectors.kafka.connection import KafkaConnection
from models.tuning import Tuning
from schemas.errors import UnavailableError
from schemas.topics import READINGS

GROUP = "chaos"
APP_ID = f"{GROUP}-monitor"
SETTLE_TIMEOUT_S = 180.0
_EVENT_TIME_BACK_S = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Options:
    """`kills` kills drawn from `seed`, under `rate` messages/s of `sensors` sensors."""

    kills: int = 10
    seed: int = 1
    rate: float = 5000.0
    sensors: int = 400
    partitions: int = 8
    # Small, so that every detector is at work early; and a grace time, so that the reorder buffer is in the state.
    learn_readings: int = 100
    grace_s: float = 3.0

    def environment(self, brokers: str) -> dict[str, str]:
        """Return the settings of the workers."""
        return {
            "STREAM_APP_BROKERS": brokers,
            "STREAM_APP_KAFKA__GROUP": GROUP,
            "STREAM_APP_KAFKA__PARTITIONS": str(self.partitions),
            "STREAM_APP_READINGS__GRACE_S": str(self.grace_s),
            "STREAM_APP_DETECTION__LEARN_READINGS": str(self.learn_readings),
        }

    def readings_options(self) -> ReadingsOptions:
        """Return the same settings for the judge's own fold."""
        return ReadingsOptions(tuning=Tuning(grace_s=self.grace_s, learn_readings=self.learn_readings))


def run(options: Options, folder: Path, say: Callable[[str], None]) -> Verdict:
    """Kill workers under load in `folder`, which keeps their logs; return the verdict.

    Raises UnavailableError where the broker or the producer fails: nothing can be judged then.
    """
    started_s = time.monotonic()
    sources = source_digest()
    with EmbeddedKafka(folder / "kafka") as broker:
        connection = KafkaConnection(broker.bootstrap)
        create_topics(connection, options.partitions, 1)
        workers = Workers(folder, options.environment(broker.bootstrap))
        campaign = Campaign(workers, say)
        ledger = folder / "ledger"
        try:
            with _producer(options, broker.bootstrap, ledger, folder) as producer:
                campaign.run(plan_kills(options.kills, options.seed))
                # A producer that gave up half-way has left a run without load behind.
                if not producer.running or producer.stop(90.0) != 0:
                    raise UnavailableError(f"the producer failed, see {producer.log}: {producer.log_tail(1)}")
            say("load ended, waiting until everything is committed")
            settled = wait_until_committed(connection, APP_ID, READINGS, SETTLE_TIMEOUT_S, workers.restart_dead)
        finally:
            workers.stop()
        if source_digest() != sources:
            raise UnavailableError("the source files changed during the run, so its workers differ; run it again")
        say("judging")
        found = judge(connection, ledger, f"{APP_ID}-{TABLE}-changelog", options.readings_options(), options.seed)
        _explain(found, say)
        return _verdict(options, found, campaign, workers, settled, time.monotonic() - started_s)


def _producer(options: Options, brokers: str, ledger: Path, folder: Path) -> Child:
    start_us = round((time.time() - _EVENT_TIME_BACK_S) * 1e6)
    argv = [sys.executable, "-m", "benchmarks.chaos.producer", "--brokers", brokers, "--rate", str(options.rate)]
    argv += ["--sensors", str(options.sensors), "--seed", str(options.seed), "--start-us", str(start_us)]
    return Child([*argv, "--ledger", str(ledger)], folder / "producer.log")


def _explain(found: Judgement, say: Callable[[str], None]) -> None:
    examples = {**found.events.examples, "state differs": found.differing_keys[:EXAMPLES]}
    for what, some in examples.items():
        if some:
            say(f"{what}, for example: {', '.join(some)}")


def _verdict(
    options: Options, found: Judgement, campaign: Campaign, workers: Workers, settled: bool, seconds: float
) -> Verdict:
    events = found.events
    return Verdict(
        kills=options.kills,
        produced=found.produced,
        events_expected=events.expected,
        events_seen=events.seen,
        lost=events.lost,
        doubled=events.doubled,
        state_keys_differ=len(found.differing_keys),
        seed=options.seed,
        seconds=round(seconds, 1),
        readings=found.readings,
        sensors=found.sensors,
        wrong=events.wrong,
        source_differs=found.source_differs,
        settled=settled,
        by_topic=found.by_topic,
        kills_by_moment=dict(campaign.by_moment),
        unexpected_exits=workers.unexpected_exits,
    )
