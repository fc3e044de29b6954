"""What the trainer writes to the log of the policy."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agents import trainer
from agents.trainer import Trainer, TrainerOptions
from models.retraining.policy import State, Training, advance
from models.retraining.tuning import RetrainingTuning
from schemas.training_log import Begun, Ended, decode_record

TUNING = RetrainingTuning(at_once=1)


def waiting(name: str) -> Training:
    """A training that may begin now."""
    return Training(name, f"pdm.readings.{name}", "fleet_shift", 0, 0, 0, 0)


def test_a_beginning_for_which_there_was_no_room_is_told_again_and_an_end_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log, clock = list[Any](), [100.0]

    async def send_records(topic: str, partition: int, records: Any) -> list[Any]:
        log.extend(decode_record(value) for _, value, _ in records)
        return []

    app = SimpleNamespace(
        add_lane=lambda lane: None, task=lambda body: None, producer=SimpleNamespace(send_records=send_records)
    )
    monkeypatch.setattr(trainer, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    of = Trainer(cast(Any, SimpleNamespace(app=app)), "log", "a", TrainerOptions([], {}, tmp_path), TUNING)
    first, second = waiting("first"), waiting("second")
    state = State(trainings={each.model: each for each in (first, second)})
    # Both are told by one stored state, as if the other were not there.
    asyncio.run(of._tell_begun(0, waiting("first")))
    asyncio.run(of._tell_begun(0, waiting("second")))
    told = [advance(state, record, 1, TUNING) for record in log]
    assert [event is None for event in told] == [False, True]
    end = Ended("first", 1, 1.0)
    asyncio.run(of._tell(0, "ended", end))
    assert advance(state, end, 2, TUNING) is not None
    del log[:]
    asyncio.run(of._tell_begun(0, waiting("second")))
    assert log == []
    clock[0] += 6.0
    asyncio.run(of._tell(0, "ended", end))
    asyncio.run(of._tell_begun(0, waiting("second")))
    (again,) = log
    assert isinstance(again, Begun)
    assert advance(state, again, 3, TUNING) is not None
