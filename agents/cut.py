"""A cut through one partition between two batches: what was done by then, to be made durable while work goes on."""

from dataclasses import dataclass

from faust.types import EventT

from agents.outputs import Position
from agents.published import Published, Target, pack_progress
from agents.publisher import Sent, acknowledged
from agents.state_keys import is_model_key, progress_key


@dataclass(frozen=True, slots=True)
class Cut:
    """Everything up to source offset `applied`: batches held, outputs sent, positions published, states changed."""

    partition: int
    applied: int
    held: list[EventT]
    sent: list[Sent]
    published: Published
    positions: dict[Target, Position]
    changes: list[tuple[bytes, bytes]]

    @property
    def swaps_models(self) -> bool:
        """Whether another model judges what comes after it: none of that may be taken before this is stored."""
        return any(is_model_key(key) for key, _ in self.changes)

    async def records(self, source: str) -> list[tuple[bytes, bytes]]:
        """Wait until the outputs are on the broker; return the states to store, with the progress in `source`."""
        await acknowledged(self.sent)
        # Outputs of later batches have moved the positions on, their acknowledgements are not looked at yet.
        published = Published(self.positions, self.published.next_offsets)
        return [*self.changes, (progress_key(source), pack_progress(self.applied, published))]

    def ack(self) -> None:
        """Ack the batches, in order: all of them is durable."""
        for event in self.held:
            event.ack()
