"""Windows of all series of one partition: features, the models of their types, and `pattern` anomalies."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from models.features.extractors import WINDOW_FEATURES, window_features
from models.serving.reference import Reference
from models.serving.served_model import ServedModel
from models.windows import baseline, decision, sensor_state
from models.windows.baseline import SETTLED_ROWS, standardised
from models.windows.context import RowContext
from models.windows.explanation import explain
from models.windows.joined import exchange
from models.windows.sensor_state import SENSOR
from models.windows.state import ANOMALY_OPEN, LEARNING, UNHEALTHY
from models.windows.transition import WINDOW_TRANSITION
from models.windows.tuning import WindowTuning
from models.windows.type_stage import TypeStage

LEARN_P = 1e-6
"""A row less likely than this teaches no model. Rows that only look strange must: without them the tail of the healthy
scores would shrink, and more and more rows look strange."""

_FIRST_CAPACITY = 256
_NO_TRANSITIONS = np.zeros(0, WINDOW_TRANSITION)


@dataclass(frozen=True, slots=True)
class WindowOutcome:
    """What n windows brought: `features` (n, k) of WINDOW_FEATURES, `p_value` (n,), and transitions in their order.

    `champion_p` and `challenger_p` (n,) are what those models alone said, NaN where there are none or they cannot say;
    `champion_weight` (n,) is the champion's part of the combination, or what it would be.
    """

    features: NDArray[np.float64]
    p_value: NDArray[np.float64]
    champion_p: NDArray[np.float64]
    challenger_p: NDArray[np.float64]
    champion_weight: NDArray[np.float64]
    transitions: NDArray[np.void]


class WindowBank:
    """State of the windows of `len(bank)` series, and the models of their types."""

    def __init__(self, tuning: WindowTuning) -> None:
        self._tuning = tuning.record()
        self._states = np.zeros(0, SENSOR)
        self._touched = np.zeros(0, np.bool_)
        self._rows = 0
        self.types: list[TypeStage] = []
        self.context = RowContext()
        self.values = RowContext(np.float64)
        """The rows of `context` before they were standardised, for a model with a reference of its own."""
        self.names: Sequence[str] = ()
        self.no_transitions = _NO_TRANSITIONS

    def __len__(self) -> int:
        return self._rows

    def ensure(self, rows: int) -> None:
        """Have state for at least so many series."""
        if rows > len(self._states):
            capacity = max(rows, 2 * len(self._states), _FIRST_CAPACITY)
            states, touched = np.zeros(capacity, SENSOR), np.zeros(capacity, np.bool_)
            states["version"] = sensor_state.STATE_VERSION
            # No chunk has this number: nothing has changed yet.
            states["changed_in"] = -1
            states[: self._rows] = self._states[: self._rows]
            touched[: self._rows] = self._touched[: self._rows]
            self._states, self._touched = states, touched
        self._rows = max(self._rows, rows)

    def advance(
        self,
        facts: NDArray[np.void],
        samples: NDArray[np.float64],
        types: NDArray[np.int64],
        by_canary: NDArray[np.bool_] | None = None,
    ) -> WindowOutcome:
        """Take in windows in the order in which they fell due.

        `facts` (n,) of WINDOW, `samples` (n, longest), `types` (n,) places in `self.types`, `by_canary` (n,) those that
        the canary of their type judges.
        """
        if by_canary is None:
            by_canary = np.zeros(len(facts), np.bool_)
        features = np.empty((len(facts), len(WINDOW_FEATURES)))
        for length in np.unique(facts["samples"]).tolist():
            of_length = facts["samples"] == length
            features[of_length] = window_features(samples[of_length, :length])
        p_values, champion_weight = np.full((3, len(facts)), np.nan), np.empty(len(facts))
        transitions: list[NDArray[np.void]] = []
        for number in np.unique(types).tolist():
            at = np.flatnonzero(types == number)
            transitions += self._advance_type(
                self.types[number], at, facts, features, p_values, champion_weight, by_canary
            )
        self._touched[facts["row"]] = True
        found = np.concatenate(transitions) if transitions else _NO_TRANSITIONS
        found = found[np.argsort(found["window"], kind="stable")]
        return WindowOutcome(features, p_values[0], p_values[1], p_values[2], champion_weight, found)

    def _advance_type(
        self,
        stage: TypeStage,
        at: NDArray[np.int64],
        facts: NDArray[np.void],
        features: NDArray[np.float64],
        p_values: NDArray[np.float64],
        champion_weight: NDArray[np.float64],
        by_canary: NDArray[np.bool_],
    ) -> Iterator[NDArray[np.void]]:
        """Take in the windows at places `at`, all of one type, chunk by chunk."""
        # Once for all chunks, of which these are slices.
        all_facts, all_values, all_canary = facts[at], features[at], by_canary[at]
        all_rows, all_flags, all_first = (
            np.ascontiguousarray(all_facts[name]) for name in ("row", "flags", "is_first")
        )
        begin = 0
        while begin < len(at):
            piece = slice(begin, begin + stage.left)
            part, rows, values, flags = at[piece], all_rows[piece], all_values[piece], all_flags[piece]
            begin += len(part)
            chunk = stage.chunk
            usual, z = np.empty((2, *values.shape))
            learned = np.empty(len(part), np.int64)
            may_learn, quarantined = np.empty((2, len(part)), np.bool_)
            if stage.name:
                stage.fleet.lend(self._states, rows)
            baseline.standardise(
                self._states, rows, flags, all_first[piece], values, chunk, learned, usual, z, may_learn,
                stage.fleet.in_use,
            )  # fmt: skip
            history = _extended(self.context, stage.wants_context, rows, z)
            see = partial(
                self._seen_by, rows, values, z, history, _extended(self.values, stage.wants_values, rows, values)
            )
            judged = stage.judge(z, history)
            by_champion = judged
            canary = np.flatnonzero(all_canary[piece])
            if stage.canary is not None and len(canary):
                judged = exchange(judged, stage.judge_by_canary(z[canary], see(stage.canary)[canary]), canary)
            champion_weight[part] = stage.weights.in_use[-1]
            p_values[0, part], p_values[1, part] = judged.p_value, by_champion.p_values[:, -1]
            if stage.challenger is not None:
                p_values[2, part] = stage.shadow(see(stage.challenger))
            told = np.zeros(len(part), WINDOW_TRANSITION)
            used = decision.decide(
                self._states, all_facts[piece], rows, learned, judged.p_value, judged.confidence,
                np.ascontiguousarray(judged.scores), chunk, self._tuning[0], quarantined, told,
            )  # fmt: skip
            for transition in told[:used]:
                i = int(transition["window"])
                explain(stage.models, z[i], values[i], usual[i], transition)
                transition["window"] = part[i]
            if used:
                yield told[:used]
            counts = (learned >= SETTLED_ROWS) & (flags & (UNHEALTHY | LEARNING) == 0)
            said = np.where(counts[:, None], by_champion.p_values, np.nan)
            stage.fleet.watch(values, learned, (flags & (ANOMALY_OPEN | UNHEALTHY) == 0) & ~quarantined)
            learn = may_learn & ~quarantined & ~(judged.p_value < LEARN_P)
            stage.note(z, learn, said, flags & ANOMALY_OPEN != 0, by_champion.scores[:, :-1])

    def _seen_by(
        self,
        rows: NDArray[np.int64],
        values: NDArray[np.float64],
        z: NDArray[np.float64],
        history: NDArray[np.float64] | None,
        values_before: NDArray[np.float64] | None,
        model: ServedModel,
    ) -> NDArray[np.float64]:
        """Return rows as a model that is not champion is to judge them: by its own reference, where it brings one.

        `history` and `values_before` (n, c + 1, k) are `z` and `values` (n, k) with the rows before each, where wanted.
        """
        if not isinstance(model.reference, Reference):
            return z if history is None else history
        if model.context_rows and history is not None and values_before is not None:
            return model.reference.standardise(self.names, rows, values_before, history)
        return model.reference.standardise(self.names, rows, values, z)

    def learned(self, rows: NDArray[np.int64]) -> Reference:
        """Return the baselines of the series `rows` as a reference."""
        states = self._states[rows]
        names = {self.names[row]: at for at, row in enumerate(rows.tolist())}
        return Reference(names, states["mean"].copy(), states["variance"].copy(), states["learned"].copy())

    def rebase(self, reference: Reference, rows: NDArray[np.int64]) -> None:
        """Have a reference take the place of the baselines of the series `rows`, all of which it knows."""
        for row in rows.tolist():
            at, state = reference.sensors[self.names[row]], self._states[row]
            state["mean"], state["variance"] = reference.mean[at], reference.variance[at]
            state["learned"], state["pending"] = reference.learned[at], 0
            self._touched[row] = True
            # Without rows to tell anew, those before a row are of another scale than it: then there are none.
            if self.context.holds(row):
                before = self.values.of(row).astype(np.float64)
                self.context.put(row, standardised(before, state["mean"], state["variance"]))

    def pack(self, row: int) -> bytes:
        """Return the record of a series."""
        packed: bytes = self._states[row].tobytes()
        return packed

    def packed_changes(self) -> list[tuple[int, bytes]]:
        """Return row and record of each series that changed since the last call."""
        rows = np.flatnonzero(self._touched[: self._rows])
        self._touched[:] = False
        return [(row, self.pack(row)) for row in rows.tolist()]

    def restore(self, row: int, packed: bytes) -> None:
        """Put back what was packed of a series; raises BadDataError on a record of another version or length."""
        sensor_state.check(packed)
        self._states[row] = np.frombuffer(packed, SENSOR)[0]

    @property
    def state_bytes(self) -> int:
        """Size of the state, in bytes."""
        context = self.context.state_bytes + self.values.state_bytes
        return self._rows * SENSOR.itemsize + context + sum(stage.state_bytes for stage in self.types)


def _extended(
    context: RowContext, is_wanted: bool, series: NDArray[np.int64], rows: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Return rows (n, k) of `series` (n,) with those before each (n, c + 1, k), None where that is not wanted."""
    if is_wanted:
        return context.extend(series, rows)
    context.forget(series)
    return None
