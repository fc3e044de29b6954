"""Which challengers are to be decided on, and which champions watched, by what the topics say: no Kafka, no registry.

Everything here follows from the models topic and the shadow topic; whoever starts anew reads them again and knows the
same.
"""

from dataclasses import dataclass, field
from typing import Literal

from models.promotion.gate import Bounds, Check, judge_canary, judge_challenger, judge_champion
from models.promotion.tally import Tally
from schemas.model_events import (
    CanaryBegan,
    CanaryEnded,
    GateDecided,
    ModelEvent,
    ModelPromoted,
    ModelRegistered,
    ModelRolledBack,
)
from schemas.model_names import CHALLENGER
from schemas.shadow_block import ShadowBlock

_Pair = tuple[str, str | None, str]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the checks said of `version` of a model, which would take the place of `champion`; `told`: it is known.

    In the stage `canary` they are of what it did in service.
    """

    model: str
    version: str
    champion: str | None
    checks: tuple[Check, ...]
    told: bool = False
    stage: Literal["shadow", "canary"] = "shadow"

    @property
    def passed(self) -> bool:
        """Whether all bounds were kept."""
        return all(check.passed for check in self.checks)

    @property
    def reason(self) -> str:
        """The bounds that were broken, or that none was."""
        broken = [f"{c.name} {c.value:.4g} beyond {c.bound:.4g}" for c in self.checks if not c.passed]
        return "; ".join(broken) or "all bounds kept"


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands so far with a challenger, or with a new champion whose `version` before it goes on in shadow.

    The gate looks at `checks` from `rows_wanted` rows on.
    """

    model: str
    kind: Literal["challenger", "guard"]
    version: str
    champion: str | None
    rows: int
    rows_wanted: int
    sensor_hours: float
    checks: tuple[Check, ...]


@dataclass(slots=True)
class _Model:
    champion: str | None = None
    former: str | None = None
    waiting: ModelRegistered | None = None
    decided: str | None = None
    canary: str | None = None
    canary_decided: str | None = None


@dataclass(slots=True)
class PromotionDesk:
    """Decides by `bounds`; feed it both topics in their order, then ask what is due."""

    bounds: Bounds
    _models: dict[str, _Model] = field(default_factory=dict)
    _tallies: dict[_Pair, Tally] = field(default_factory=dict)
    _canaries: dict[_Pair, Tally] = field(default_factory=dict)

    def note_event(self, event: ModelEvent) -> None:
        """Take in one event of the models topic."""
        model = self._models.setdefault(event.model, _Model())
        if isinstance(event, ModelRegistered):
            if event.alias == CHALLENGER:
                model.waiting = event
            else:
                model.champion, model.former = event.version, None
        elif isinstance(event, GateDecided):
            if event.stage == "canary":
                model.canary_decided = event.version
            else:
                model.decided = event.version
            # What is to be promoted waits until it is.
            if model.waiting is not None and model.waiting.version == event.version and not _acts(event):
                model.waiting = None
        elif isinstance(event, CanaryBegan):
            model.canary, model.canary_decided = event.version, None
        elif isinstance(event, CanaryEnded):
            model.canary = None
            if model.waiting is not None and model.waiting.version == event.version:
                model.waiting = None
        elif isinstance(event, ModelPromoted):
            model.canary = None
            model.champion, model.former = event.version, event.previous_version
            if model.waiting is not None and model.waiting.version == event.version:
                model.waiting = None
            self._forget(event.model)
        elif isinstance(event, ModelRolledBack):
            model.canary = None
            model.champion, model.former = event.version, None
            self._forget(event.model)

    def _forget(self, name: str) -> None:
        for tallies in (self._tallies, self._canaries):
            for pair in [pair for pair in tallies if pair[0] == name]:
                del tallies[pair]

    def note_shadow(self, block: ShadowBlock) -> None:
        """Take in one block of the shadow topic."""
        pair = (block.challenger.name, block.champion.version if block.champion else None, block.challenger.version)
        if self._is_open(pair):
            self._take(self._tallies, pair, block)
            if block.canary:
                self._take(self._canaries, pair, block)
            self._watch_no_more(pair)

    @staticmethod
    def _take(tallies: dict[_Pair, Tally], pair: _Pair, block: ShadowBlock) -> None:
        tally = tallies.setdefault(pair, Tally())
        tally.take(
            block.sensor_ids,
            block.ts_us,
            block.flags,
            block.champion_weight,
            block.members,
            block.p_values,
            block.canary,
        )

    def _watch_no_more(self, pair: _Pair) -> None:
        """Let a new champion be that kept its bounds for long: what it alarms for by then is the machines' doing."""
        name, champion, other = pair
        model, tally = self._models[name], self._tallies[pair]
        is_watched = champion is not None and (champion, other) == (model.champion, model.former)
        if not is_watched or tally.champion.rows < self.bounds.watch_rows:
            return
        if all(check.passed for check in judge_champion(tally, self.bounds)):
            model.former = None
            del self._tallies[pair]

    def _is_open(self, pair: _Pair) -> bool:
        name, champion, other = pair
        model = self._models.get(name)
        if model is None:
            return False
        is_waiting = other == model.canary or (model.waiting is not None and model.waiting.version == other)
        return is_waiting or (champion is not None and (champion, other) == (model.champion, model.former))

    def due_challengers(self) -> list[Decision]:
        """Return a decision on each challenger that was seen long enough."""
        found = []
        for (name, champion, version), tally in self._tallies.items():
            waiting, decided = self._models[name].waiting, self._models[name].decided
            if version == self._models[name].canary:
                continue
            if waiting is not None and waiting.version == version and tally.rows >= self.bounds.rows:
                checks = judge_challenger(tally, waiting.metrics, waiting.champion_metrics, self.bounds)
                found.append(Decision(name, version, champion, tuple(checks), decided == version))
        return found

    def due_canaries(self) -> list[Decision]:
        """Return a decision on each challenger that judged a share of the assets for long enough."""
        found = []
        for (name, champion, version), tally in self._canaries.items():
            model = self._models[name]
            if version == model.canary and tally.rows >= self.bounds.canary_rows:
                checks = tuple(judge_canary(tally, self.bounds))
                found.append(Decision(name, version, champion, checks, model.canary_decided == version, "canary"))
        return found

    def due_rollbacks(self) -> list[Decision]:
        """Return each new champion that breaks its bounds, as a decision for the version before it."""
        found = []
        for (name, champion, former), tally in self._tallies.items():
            model = self._models[name]
            if (champion, former) != (model.champion, model.former) or tally.champion.rows < self.bounds.guard_rows:
                continue
            checks = judge_champion(tally, self.bounds)
            if not all(check.passed for check in checks):
                found.append(Decision(name, former, champion, tuple(checks)))
        return found

    def standings(self) -> list[Standing]:
        """Return how it stands with every pair that is looked at."""
        found = []
        for (name, champion, version), tally in self._tallies.items():
            model = self._models[name]
            if model.waiting is not None and model.waiting.version == version:
                checks = judge_challenger(tally, model.waiting.metrics, model.waiting.champion_metrics, self.bounds)
                told = (tally.rows, self.bounds.rows, tally.sensor_hours, tuple(checks))
                found.append(Standing(name, "challenger", version, champion, *told))
            elif (champion, version) == (model.champion, model.former):
                guard = tuple(judge_champion(tally, self.bounds))
                told = (tally.champion.rows, self.bounds.guard_rows, tally.sensor_hours, guard)
                found.append(Standing(name, "guard", version, champion, *told))
        return found


def _acts(event: GateDecided) -> bool:
    return event.passed and event.mode == "automatic"
