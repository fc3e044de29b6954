"""Does the model still tell right from wrong? Judged by labels, one after the other.

Source: Roberts, S. W. (1959), Control chart tests based on geometric moving averages, Technometrics 1.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PerformanceTuning:
    """The mean error of about the last `memory` labels must not exceed `bound`; `least` labels are waited for."""

    memory: float = 10.0
    bound: float = 0.15
    least: int = 3


@dataclass(slots=True)
class PerformanceWatch:
    """What is known of the errors since the model was trained."""

    tuning: PerformanceTuning
    labels: int = 0
    error_rate: float = 0.0

    def note(self, wrong: bool) -> bool:
        """Take the next label, `wrong` where the model had said otherwise; return whether it is to be trained again."""
        self.labels += 1
        self.error_rate += (wrong - self.error_rate) / min(self.labels, self.tuning.memory)
        return self.labels >= self.tuning.least and self.error_rate > self.tuning.bound

    def begin(self) -> None:
        """Begin anew: the model was trained."""
        self.labels, self.error_rate = 0, 0.0
