"""Faust's partition assignor, for a static member that comes back under another web address."""

from typing import Any

import structlog
from faust.assignor import PartitionAssignor

log = structlog.get_logger(__name__)


class MovableAssignor(PartitionAssignor):
    """Accepts the assignment that Kafka kept for this member when it still names the address of its last life."""

    def on_assignment(self, assignment: Any) -> None:
        """Take over an assignment; raises AssertionError where it contradicts itself."""
        try:
            super().on_assignment(assignment)
        except AssertionError as error:
            # Upstream's last check compares addresses, after everything else is done; only the others have a message.
            if error.args:
                raise
            log.info("assignment.kept", url=str(self._url))
