"""What the drift watch can be told; the defaults are what users get."""

from dataclasses import dataclass

from models.drift.performance import PerformanceTuning

DAY_S = 86_400.0
MOST_BACK_SLOTS = 32
LABELS = PerformanceTuning(bound=0.3, least=5)


@dataclass(frozen=True, slots=True)
class DriftTuning:
    """`slot_s`: rows are judged by slots of so long. `season_s`: a day, or 0 where there is no daily cycle.

    `learn_slots`: slots of an asset before it is judged; with a season also `learn_seasons` of the same hour.
    `look_back_s`: what lies so long before an anomaly or a change teaches nothing either; at most 32 slots count.
    `hold_s`: after so long an open change is taken for the new normal. `fleet_share`: of the assets of a type that
    make a change fleet-wide, at least `fleet_assets`. `wait_slots`: between noticing and naming the cause, so that
    others can show it too. `least_effect`: Cliff's delta below which nothing is a change. `q`: accepted share of false
    discoveries. `labels`: when a champion is wrong about too many of them.
    """

    slot_s: float = 3_600.0
    season_s: float = DAY_S
    learn_slots: int = 72
    learn_seasons: int = 3
    look_back_s: float = DAY_S
    hold_s: float = 14 * DAY_S
    fleet_share: float = 0.5
    fleet_assets: int = 3
    wait_slots: int = 2
    least_effect: float = 0.6
    q: float = 0.001
    labels: PerformanceTuning = LABELS

    @property
    def slot_us(self) -> int:
        """Length of a slot in µs."""
        return round(self.slot_s * 1e6)

    @property
    def look_back_us(self) -> int:
        """Length of the look-back in µs, at most `MOST_BACK_SLOTS`: slots are not remembered for longer."""
        return min(round(self.look_back_s * 1e6), MOST_BACK_SLOTS * self.slot_us)
