"""The judgement of a chaos run."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

EventKey = tuple[str, str]
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Events as the independent fold expects them against what lies on the output topics.

    `doubled` counts deliveries beyond the first of an id; `wrong` ids that nobody expects, or with other content.
    """

    expected: int
    seen: int
    lost: int
    doubled: int
    wrong: int
    examples: dict[str, list[str]] = field(default_factory=dict)


def count_events(expected: Mapping[EventKey, int], seen: Iterable[tuple[EventKey, int]]) -> EventCounts:
    """Compare `{(topic, id): checksum}` with the `((topic, id), checksum)` of every record seen."""
    deliveries: Counter[EventKey] = Counter()
    wrong = set()
    for key, checksum in seen:
        deliveries[key] += 1
        if expected.get(key) != checksum:
            wrong.add(key)
    lost = [key for key in expected if key not in deliveries]
    doubled = [key for key, times in deliveries.items() if times > 1]
    return EventCounts(
        expected=len(expected),
        seen=len(deliveries),
        lost=len(lost),
        doubled=deliveries.total() - len(deliveries),
        wrong=len(wrong),
        examples={"lost": _some(lost), "doubled": _some(doubled), "wrong": _some(wrong)},
    )


def _some(keys: Iterable[EventKey]) -> list[str]:
    """Return a few of the keys as text."""
    return [" ".join(key) for key in sorted(keys)[:EXAMPLES]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One JSON document; `passed` only when nothing is lost, doubled, different, wrong or left undone."""

    kills: int
    produced: int
    events_expected: int
    events_seen: int
    lost: int
    doubled: int
    state_keys_differ: int
    seed: int
    seconds: float
    readings: int = 0
    sensors: int = 0
    wrong: int = 0
    source_differs: int = 0
    settled: bool = True
    by_topic: dict[str, int] = field(default_factory=dict)
    kills_by_moment: dict[str, int] = field(default_factory=dict)
    unexpected_exits: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether the run proves what it is to prove; a run in which nothing happened proves nothing."""
        faults = self.lost + self.doubled + self.state_keys_differ + self.wrong + self.source_differs
        return faults == 0 and self.settled and self.produced > 0 and self.events_expected > 0

    def document(self) -> dict[str, object]:
        """Return the verdict for JSON."""
        return asdict(self)
