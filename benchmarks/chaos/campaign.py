"""Carries out the planned kills against two workers while the producer keeps publishing."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.chaos.plan import MARKERS, WORKERS, Kill
from benchmarks.chaos.workers import Workers
from schemas.errors import UnavailableError

READY = b"worker.ready"
FIRST_START_TIMEOUT_S = 120.0
# As long as a start may take on a busy machine.
MARKER_TIMEOUT_S = 40.0


class Campaign:
    """Runs kills one after the other; `by_moment` counts what was really hit (`missed`: the moment did not come)."""

    def __init__(self, workers: Workers, say: Callable[[str], None]) -> None:
        self._workers = workers
        self._say = say
        self._guests = 0
        self.by_moment: Counter[str] = Counter()

    def run(self, kills: Sequence[Kill]) -> None:
        """Carry out `kills`; afterwards both workers run and no guest.

        Raises UnavailableError where a worker does not even get ready before the first kill.
        """
        for name in WORKERS:
            if not self._workers.wait_for(name, READY, FIRST_START_TIMEOUT_S, partial(self._workers.start, name)):
                raise UnavailableError(f"worker {name} was not ready within {FIRST_START_TIMEOUT_S:g} s; see its log")
        for number, kill in enumerate(kills, 1):
            time.sleep(kill.pause_s)
            self._workers.restart_dead()
            hit = self._strike(kill)
            self.by_moment[hit] += 1
            self._say(f"kill {number}/{len(kills)}: worker {kill.victim} at {hit}, down {kill.down_s:g} s")
            self._guest_leaves()
            time.sleep(kill.down_s)
            self._workers.start(kill.victim)
        self._workers.restart_dead()

    def _strike(self, kill: Kill) -> str:
        """Kill the victim at its moment; return the moment that was met."""
        victim, met = kill.victim, True
        if kill.moment == "start":
            self._workers.replace(victim)
        elif kill.moment == "checkpoint":
            met = self._workers.wait_for(victim, MARKERS["checkpoint"], MARKER_TIMEOUT_S)
        elif kill.moment == "recovery":
            met = self._workers.wait_for(
                victim, MARKERS["recovery"], MARKER_TIMEOUT_S, partial(self._workers.replace, victim)
            )
        elif kill.moment == "rebalance":
            met = self._workers.wait_for(victim, MARKERS["rebalance"], MARKER_TIMEOUT_S, self._guest_joins)
        time.sleep(kill.delay_s)
        self._workers.kill(victim)
        return kill.moment if met else "missed"

    def _guest_joins(self) -> None:
        """A third member makes everybody hand over partitions."""
        self._guests += 1
        self._workers.start(f"guest-{self._guests}")

    def _guest_leaves(self) -> None:
        if self._guests:
            self._workers.remove(f"guest-{self._guests}")
