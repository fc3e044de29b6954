"""Are the topics there, made as they are declared?"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from schemas.topics import READINGS, TOPICS, Topic
from stream_app.checks.finding import Finding, attention, broken, ok

if TYPE_CHECKING:
    from connectors.kafka.admin import ExistingTopic

_MUST_AGREE = ("cleanup.policy",)


def topics_check(
    existing: "dict[str, ExistingTopic]", configs: dict[str, dict[str, str]], state_changelog: str
) -> Iterator[Finding]:
    """Yield findings on the declared topics, given those of the cluster and their configuration."""
    missing = [name for name in TOPICS if name not in existing]
    if missing:
        yield broken("topics", f"missing: {', '.join(missing)}", "run `stream-app topics create`")
    wrong = [line for name, topic in TOPICS.items() if name in existing for line in _wrong(topic, configs[name])]
    for line, fatal in wrong:
        remedy = "set it by kafka-configs, or change schemas/topics.py if it is meant"
        yield broken("topics", line, remedy) if fatal else attention("topics", line, remedy)
    source, state = existing.get(READINGS), existing.get(state_changelog)
    if source and state and source.partitions != state.partitions:
        yield broken(
            "state",
            f"{READINGS} has {source.partitions} partitions, its state {state_changelog} has {state.partitions}",
            f"stop the workers, give both the same number (state is lost if {state_changelog} is deleted)",
        )
    if not missing and not wrong:
        yield ok("topics", f"{len(TOPICS)} there, configured as declared")


def _wrong(topic: Topic, config: dict[str, str]) -> Iterator[tuple[str, bool]]:
    for name, value in topic.config.items():
        if config.get(name) != value:
            yield f"{topic.name} has {name}={config.get(name)} instead of {value}", name in _MUST_AGREE
