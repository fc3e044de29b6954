"""What the retraining policy can be told; the defaults are what users get."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetrainingTuning:
    """A model rests for `cooldown_s` after a training began; `at_once` run together, `per_day` begin in a day.

    `timeout_s`: the child is killed after it. `least_rows`: rows since the change before it begins, beyond those
    in which the sensors settle. `retry_s`: until an attempt that failed for want of a service, or crashed, is made
    again, `attempts` at most.
    `most_future_s`: drift further ahead of our clock is not believed.
    """

    cooldown_s: float = 86_400.0
    at_once: int = 1
    per_day: int = 24
    timeout_s: float = 3_600.0
    least_rows: int = 500
    retry_s: float = 600.0
    attempts: int = 5
    most_future_s: float = 300.0
