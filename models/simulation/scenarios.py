"""Scenarios by name: which faults a simulated fleet gets, and on what kind of signal."""

from dataclasses import dataclass, field

from models.simulation.faults import FAULT_KINDS
from schemas.errors import UsageError


@dataclass(frozen=True, slots=True)
class Scenario:
    """`faults` maps kinds to weights; `duplicated`, `swapped` are shares of readings disturbed on the way.

    `regime_load` is added to the load of all assets from `regime_reading` on: no fault, but another way to run the
    fleet.
    """

    name: str
    about: str
    faults: dict[str, float] = field(default_factory=dict)
    offset: float = 0.0
    noise_factor: float = 1.0
    regime_reading: int = 3_000
    duplicated: float = 0.0
    swapped: float = 0.0
    regime_load: float = 0.0


_MIXED = {"spike": 2.0, "step": 3.0, "drift": 2.0, "noise": 1.5, "oscillation": 1.5, "overload": 2.0}

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario("mixed", "every visible kind of fault, here and there", _MIXED),
        Scenario("healthy", "no fault at all"),
        *(Scenario(kind.name, kind.about, {kind.name: 1.0}) for kind in FAULT_KINDS.values()),
        Scenario(
            "regime-change",
            "no fault; from the 3,000th reading, or the half of a shorter run, the whole fleet runs at another load",
            regime_load=4.0,
        ),
        Scenario(
            "demo",
            "faults of single sensors; from the 2,400th reading, or the half of a shorter run, the whole fleet runs at "
            "another load",
            {name: weight for name, weight in _MIXED.items() if name != "overload"},
            regime_load=4.0,
            regime_reading=2_400,
        ),
        Scenario("noisy", "mixed faults in three times the usual noise", _MIXED, noise_factor=3.0),
        Scenario("offset-1e9", "mixed faults on values near one billion", _MIXED, offset=1e9),
        Scenario(
            "disordered",
            "mixed faults; one reading in a hundred comes twice, one in a hundred after its successor",
            _MIXED,
            duplicated=0.01,
            swapped=0.01,
        ),
    )
}
DEFAULT_SCENARIO = "mixed"


def scenario_named(name: str) -> Scenario:
    """Return the scenario called `name`; raises UsageError naming those there are."""
    try:
        return SCENARIOS[name]
    except KeyError:
        raise UsageError(f"Scenario {name!r} is unknown; choose one of {', '.join(SCENARIOS)}.") from None
