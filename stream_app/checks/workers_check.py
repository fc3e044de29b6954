"""Do the workers answer, and write their state? Does the page?"""

from collections.abc import Iterable, Iterator

from stream_app.checks.finding import Finding, attention, broken, ok
from stream_app.standing import WorkerStanding


def page_check(page: WorkerStanding | None) -> Iterator[Finding]:
    """Yield a finding on the page that was started in the data directory, if one was."""
    if page is None:
        return
    name = f"page {page.url}"
    if not page.alive:
        yield broken(name, "does not answer", "see its log; `up` starts it again")
    elif not page.ready:
        yield attention(name, "does not follow the topics yet", "ask again in some seconds; see its log if it stays so")
    else:
        yield ok(name, "follows readings and anomalies")


def workers_check(workers: Iterable[WorkerStanding], *, expected: bool) -> Iterator[Finding]:
    """Yield a finding for each worker; `expected` ones were started in the data directory, others may be elsewhere."""
    for worker in workers:
        name = f"worker {worker.url}"
        if not worker.alive and expected:
            yield broken(name, "does not answer", "see its log; `up` starts it again")
        elif not worker.alive:
            yield attention(name, "none answers there", "start one, or set STREAM_APP_WORKER__HOST and __PORT")
        elif not worker.ready:
            yield attention(name, "is starting or rebalancing", "ask again in some seconds; see its log if it stays so")
        else:
            age_s = worker.checkpoint_age_s
            last = "no checkpoint yet" if age_s is None else f"checkpoint {age_s:.0f} s ago"
            held = sum(len(partitions) for partitions in worker.partitions.values())
            yield ok(name, f"ready, {held} partitions, {worker.sensors or 0:,} sensors, {last}")
