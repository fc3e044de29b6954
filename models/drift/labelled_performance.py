"""How well champions tell faults from health: their alarms against what operators say of the same time.

A labelled range counts for the models whose alarms touch it. Where none does, a fault was missed by every model that
judges the labelled sensors. Only the present champion is judged, and it for ranges since it is that.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from models.drift.performance import PerformanceTuning, PerformanceWatch
from schemas.drift_slot import Alarmed, InService, Labelled
from schemas.fault_label import END_OF_TIME_US, FAULT_LABELS, NORMAL_LABELS

KEPT_ALARMS = 64
"""Of an asset; what was before them is not judged."""

_KEPT_OUTCOMES = 20

Word = Literal["found", "missed", "false_alarm", "quiet"]


class Alarm(msgspec.Struct, array_like=True):
    """A version of a model raised it for a sensor; open ones end at END_OF_TIME_US."""

    anomaly_id: str
    model: str
    version: str
    sensor_id: str
    start_us: int
    end_us: int


class AssetAlarms(msgspec.Struct):
    """The last alarms of an asset; older ones were forgotten up to `forgotten_us`."""

    alarms: list[Alarm] = msgspec.field(default_factory=list)
    forgotten_us: int = 0


class Outcome(msgspec.Struct, array_like=True):
    """What a model made of a labelled range."""

    asset_id: str
    sensor_id: str | None
    start_us: int
    end_us: int
    word: Word

    @property
    def wrong(self) -> bool:
        """Whether the model had said otherwise."""
        return self.word in {"missed", "false_alarm"}


class Champion(msgspec.Struct):
    """The version that serves since `since_us`, its outcomes, oldest first, and how many came since a loss was told."""

    version: str
    since_us: int
    outcomes: list[Outcome] = msgspec.field(default_factory=list)
    untold: int = 0


class PerformanceLoss(msgspec.Struct, frozen=True):
    """A champion was wrong too often in the last labelled ranges, `outcomes`."""

    model: str
    version: str
    outcomes: Sequence[Outcome]

    def count(self, word: Word) -> int:
        """Return how many outcomes are this one."""
        return sum(outcome.word == word for outcome in self.outcomes)

    @property
    def precision(self) -> float | None:
        """Share of the alarms on labelled ranges that were right; None where there were none."""
        return _share(self.count("found"), self.count("false_alarm"))

    @property
    def recall(self) -> float | None:
        """Share of the labelled faults that were found; None where there were none."""
        return _share(self.count("found"), self.count("missed"))

    @property
    def changed_us(self) -> int:
        """Begin of the first range that it was wrong about."""
        return min(outcome.start_us for outcome in self.outcomes if outcome.wrong)

    @property
    def assets(self) -> list[str]:
        """The assets that it was wrong about."""
        return sorted({outcome.asset_id for outcome in self.outcomes if outcome.wrong})

    @property
    def sensors(self) -> list[str]:
        """The sensors that it was wrong about, where labels name them."""
        return sorted({outcome.sensor_id for outcome in self.outcomes if outcome.wrong and outcome.sensor_id})


class LabelledPerformance:
    """Champions and alarms so far; `touched` assets, and `champions_touched`, are to be stored."""

    def __init__(self, tuning: PerformanceTuning) -> None:
        self._tuning = tuning
        self.champions: dict[str, Champion] = {}
        self.assets: dict[str, AssetAlarms] = {}
        self.touched: set[str] = set()
        self.champions_touched = False

    def serve(self, told: InService) -> None:
        """Judge another champion from now on."""
        present = self.champions.get(told.model)
        if present is None or present.version != told.version:
            self.champions[told.model] = Champion(told.version, told.since_us)
            self.champions_touched = True

    def alarm(self, told: Alarmed) -> None:
        """Remember an alarm, or that it is over; one that is told again changes nothing."""
        asset = self.assets.setdefault(told.asset_id, AssetAlarms())
        known = next((each for each in asset.alarms if each.anomaly_id == told.anomaly_id), None)
        if known is not None and (told.end_us is None or known.end_us != END_OF_TIME_US):
            return
        self.touched.add(told.asset_id)
        if known is not None:
            known.end_us = told.end_us or END_OF_TIME_US
            return
        end_us = END_OF_TIME_US if told.end_us is None else told.end_us
        asset.alarms.append(Alarm(told.anomaly_id, told.model, told.version, told.sensor_id, told.start_us, end_us))
        while len(asset.alarms) > KEPT_ALARMS:
            asset.forgotten_us = max(asset.forgotten_us, asset.alarms.pop(0).start_us)

    def label(self, told: Labelled, judges: Iterable[str]) -> list[PerformanceLoss]:
        """Count a labelled range; return the champions that lost too much by it.

        `judges` are the names of the models that judge the labelled sensors.
        """
        if told.label not in FAULT_LABELS | NORMAL_LABELS:
            return []
        asset = self.assets.get(told.asset_id, AssetAlarms())
        if told.start_us < asset.forgotten_us:
            return []
        touching = {
            (alarm.model, alarm.version)
            for alarm in asset.alarms
            if told.sensor_id in {None, alarm.sensor_id}
            and alarm.start_us <= told.end_us
            and alarm.end_us >= told.start_us
        }
        faulty = told.label in FAULT_LABELS
        if touching:
            words: dict[str, Word] = {}
            for model, version in touching:
                if model in self.champions and self.champions[model].version == version:
                    words[model] = "found" if faulty else "false_alarm"
        else:
            words = {
                model: "missed" if faulty else "quiet"
                for model in judges
                if model in self.champions and told.start_us >= self.champions[model].since_us
            }
        return [loss for model in sorted(words) if (loss := self._count(model, told, words[model])) is not None]

    def _count(self, model: str, told: Labelled, word: Word) -> PerformanceLoss | None:
        champion = self.champions[model]
        self.champions_touched = True
        outcome = Outcome(told.asset_id, told.sensor_id, told.start_us, told.end_us, word)
        same = [at for at, each in enumerate(champion.outcomes) if _range_of(each) == _range_of(outcome)]
        if same:
            # An operator thought again, or said it twice.
            champion.outcomes[same[0]] = outcome
        else:
            champion.outcomes = [*champion.outcomes, outcome][-_KEPT_OUTCOMES:]
            champion.untold += 1
        watch = PerformanceWatch(self._tuning)
        is_lost = [watch.note(each.wrong) for each in champion.outcomes][-1]
        if not is_lost or champion.untold < self._tuning.least:
            return None
        champion.untold = 0
        return PerformanceLoss(model, champion.version, tuple(champion.outcomes))


def _range_of(outcome: Outcome) -> tuple[str, str | None, int, int]:
    return outcome.asset_id, outcome.sensor_id, outcome.start_us, outcome.end_us


def _share(right: int, wrong: int) -> float | None:
    return right / (right + wrong) if right + wrong else None
