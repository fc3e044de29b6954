"""A worker's order of effects over a pure partition, with crashes anywhere in between."""

from collections.abc import Callable

from hypothesis import strategies as st

from agents.outputs import NoSavedState, Output, PartitionProcessor, SavedState
from agents.published import Published
from benchmarks.chaos.states import recovered
from connectors.kafka_lane.committed_state import MARK_KEY, ChangelogRecord, CommittedState
from schemas.records import RecordColumns

Row = tuple[int, int, bytes | None, bytes | None]
Step = tuple[int, str, int]
New = Callable[[SavedState], PartitionProcessor]


def steps(most_rows: int) -> st.SearchStrategy[list[Step]]:
    """Batches of up to `most_rows`, what comes behind each, and how many records of a cut-off checkpoint land."""
    then = ["go", "checkpoint", "crash", "crash in checkpoint", "crash in checkpoint", "no commit", "go on meanwhile"]
    step = st.tuples(st.integers(1, most_rows), st.sampled_from(then), st.integers(0, 40))
    return st.lists(step, min_size=3, max_size=25)


class Worker:
    """Publishes and checkpoints in the lane's order; a crash may stop it anywhere in between, and another goes on."""

    def __init__(self, topic: str, new: New) -> None:
        self.topic, self.new = topic, new
        self.changelog: list[ChangelogRecord] = []
        self.log: list[Output] = []
        self.committed = 0
        self.restart()

    def restart(self) -> None:
        self.state = CommittedState()
        for key, value in self.changelog:
            self.state.take(key, value)
        self.state.end_reading()
        self.partition = self.new(self.state)
        self.position = self.committed
        published = Published()
        for output in self.log:
            published.positions[output.topic, 0] = output.position
        self.published = published

    def batch(self, rows: list[Row], size: int) -> None:
        part = rows[self.position : self.position + size]
        for output in self.partition.apply(RecordColumns.of(self.topic, 0, part)).outputs:
            self.log += self.published.keep_new((output.topic, 0), [output])
        self.position += len(part)

    def checkpoint(
        self, records_that_land: int | None = None, *, commits: bool = True, meanwhile: Callable[[], None] | None = None
    ) -> None:
        changes, cut_at = self.partition.changes(), self.position
        if meanwhile:
            meanwhile()
        begun, mark = self.state.begin(changes, now_ms=0)
        self.changelog += [*begun, (MARK_KEY, mark)][:records_that_land]
        if records_that_land is None:
            self.state.commit()
            if commits:
                self.committed = cut_at

    def run(self, rows: list[Row], steps: list[Step], size: int) -> None:
        """Go through the steps, then through the rest in batches of `size`."""
        for step_size, then, lands in steps:
            self.batch(rows, step_size)
            if then == "checkpoint":
                self.checkpoint()
            elif then == "crash":
                self.restart()
            elif then == "crash in checkpoint":
                self.checkpoint(records_that_land=lands)
                self.restart()
            elif then == "go on meanwhile":
                # Batches behind the cut publish before the checkpoint is durable; then a crash may come.
                lost = lands if lands % 2 else None
                self.checkpoint(lost, meanwhile=lambda: self.batch(rows, size))
                if lands % 4:
                    self.restart()
            elif then == "no commit":
                self.checkpoint(commits=False)
                self.restart()
        while self.position < len(rows):
            self.batch(rows, size)
        self.checkpoint()

    def states(self) -> dict[bytes, bytes]:
        """Return what a recovery finds."""
        found = recovered((0, key, value) for key, value in self.changelog)
        return {key: packed for (_, key), packed in found.items()}


def one_pass(topic: str, new: New, rows: list[Row]) -> tuple[list[Output], dict[bytes, bytes]]:
    """Return outputs and states of one undisturbed pass over everything at once."""
    partition = new(NoSavedState())
    outputs = partition.apply(RecordColumns.of(topic, 0, rows)).outputs
    return outputs, dict(partition.changes())
