"""Promotes challengers that pass the gate and rolls back champions that break their bounds, in a thread beside a role.

It reads two topics from outside of any group, so that whoever takes over knows the same. What is to be done to the
registry is done by the same commands that people use, in a process of their own.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable

import structlog

from agents.promotion_desk import Decision, PromotionDesk
from agents.promotion_feed import PromotionFeed
from connectors.kafka.connection import KafkaConnection
from connectors.kafka.writer import BulkWriter
from models.promotion.gate import Bounds
from schemas.errors import UnavailableError
from schemas.model_events import GateCheck, GateDecided, Mode, model_record, new_event_id
from schemas.times import format_time
from schemas.topics import MODELS

log = structlog.get_logger(__name__)

LOOK_S = 1.0
_RETRY_S = 30.0
_COMMAND_WITHIN_S = 120.0

Command = Callable[[list[str]], tuple[int, str]]
"""Arguments of `stream-app` to exit code and what it said."""


def run_command(arguments: list[str]) -> tuple[int, str]:
    """Run `stream-app` with these arguments in a process of its own."""
    command = [sys.executable, "-m", "stream_app", *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_COMMAND_WITHIN_S, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return 4, f"no answer within {_COMMAND_WITHIN_S:.0f} s"
    return done.returncode, done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ""


class PromoteThread(threading.Thread):
    """Looks every second at what is due; `decides(model)` tells whether this process is the one to act on a model."""

    def __init__(
        self,
        connection: KafkaConnection,
        bounds: Bounds,
        mode: Mode,
        decides: Callable[[str], bool],
        canary_share: float = 0.0,
        command: Command = run_command,
    ) -> None:
        super().__init__(name="promote", daemon=True)
        self._connection, self._mode, self._decides, self._command = connection, mode, decides, command
        self._bounds, self._canary_share = bounds, canary_share
        self._desk = PromotionDesk(bounds)
        self._not_before_s: dict[tuple[str, str, str], float] = {}
        self._ended = threading.Event()

    def end(self) -> None:
        """Have the thread end soon."""
        self._ended.set()

    def run(self) -> None:
        """Look until ended; after trouble the topics are read anew."""
        while not self._ended.is_set():
            try:
                self._follow()
            except UnavailableError as error:
                log.warning("promotion.waits", detail=str(error))
            except Exception:
                log.exception("promotion.failed")
            self._ended.wait(LOOK_S)

    def _follow(self) -> None:
        with PromotionFeed(self._connection, self._bounds) as feed:
            self._desk = feed.desk
            while not self._ended.is_set():
                if feed.advance(LOOK_S) == 0:
                    self._act()

    def _act(self) -> None:
        for decision in self._desk.due_rollbacks():
            if self._may(decision):
                log.error(
                    "champion.breaks_bounds", model=decision.model, version=decision.champion, why=decision.reason
                )
                self._do(decision, ["rollback", decision.model, "--to", decision.version, *_instead_of(decision)])
        for decision in self._desk.due_challengers():
            if not self._may(decision):
                continue
            if not decision.told:
                self._tell(decision)
            if decision.passed and self._mode == "automatic":
                what = ["canary"] if self._canary_share > 0.0 else ["promote", *_instead_of(decision)]
                self._do(decision, [*what, decision.model, decision.version])
        for decision in self._desk.due_canaries():
            if not self._may(decision):
                continue
            if not decision.told:
                self._tell(decision)
            if not decision.passed:
                self._do(decision, ["canary", decision.model, decision.version, "--end"])
            elif self._mode == "automatic":
                self._do(decision, ["promote", *_instead_of(decision), decision.model, decision.version])

    def _may(self, decision: Decision) -> bool:
        of = (decision.model, decision.version, decision.stage)
        return self._decides(decision.model) and time.monotonic() >= self._not_before_s.get(of, 0.0)

    def _do(self, decision: Decision, arguments: list[str]) -> None:
        code, said = self._command(["models", *arguments, "--automatic", "--reason", decision.reason])
        if code:
            log.error("promotion.command_failed", arguments=arguments, exit_code=code, said=said)
        self._not_before_s[decision.model, decision.version, decision.stage] = time.monotonic() + _RETRY_S

    def _tell(self, decision: Decision) -> None:
        now_us = time.time_ns() // 1000
        event = GateDecided(
            id=new_event_id(),
            model=decision.model,
            version=decision.version,
            ts=format_time(now_us),
            champion_version=decision.champion,
            passed=decision.passed,
            mode=self._mode,
            checks=[
                GateCheck(name=c.name, value=c.value, champion=c.champion, bound=c.bound, passed=c.passed)
                for c in decision.checks
            ],
            reason=decision.reason,
            stage=decision.stage,
        )
        with BulkWriter(self._connection, linger_ms=0.0) as writer:
            writer.send(MODELS, *model_record(event, now_us))
        self._desk.note_event(event)
        log.info("gate.decided", model=event.model, version=event.version, passed=event.passed, why=event.reason)


def _instead_of(decision: Decision) -> list[str]:
    """Return the option by which a command does nothing where somebody else has decided meanwhile."""
    return [] if decision.champion is None else ["--instead-of", decision.champion]
