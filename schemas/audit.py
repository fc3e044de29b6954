"""`ChangeMade`: who changed what by hand or by rule; kept for ten years on the audit topic, keyed by actor."""

from typing import Literal

from schemas.cloudevents import headers
from schemas.topics import AUDIT
from schemas.wire_types import Instant, Published

CE_TYPE = "pdm.audit.change_made.v1"

Action = Literal["model.promote", "model.rollback", "model.canary", "model.canary_end"]


class Actor(Published):
    """Who acted, in which role, and through what: a person at the page or the command line, or the gate by itself."""

    role: Literal["engineer", "operator", "gate"]
    name: str
    via: Literal["page", "command line", "service"]


class ChangeMade(Published):
    """`actor` brought `subject`, as the name of a model, from the version `before` to `after`."""

    id: str
    type: Literal["ChangeMade"] = "ChangeMade"
    ts: Instant
    actor: Actor
    action: Action
    subject: str
    before: str | None
    after: str | None
    reason: str


def audit_record(event: ChangeMade, time_us: int) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Return key, value and headers of the record of an event."""
    key = f"{event.actor.role}/{event.actor.name}"
    told = headers(event.id, CE_TYPE, f"/{AUDIT}/{event.subject}", time_us)
    return key.encode(), event.model_dump_json().encode(), told
