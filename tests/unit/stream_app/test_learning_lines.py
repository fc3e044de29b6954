"""The steps of the learning loop as one reads them in the demo."""

from typing import Any

from stream_app.demo import FewLines
from stream_app.learning_lines import learning_line

MODEL = "pdm.readings.flow"


def line(kind: str, **more: Any) -> str | None:
    return learning_line({"type": kind, "model": MODEL, "version": "2", **more})


def test_each_step_is_a_line() -> None:
    drift = {"cause": "fleet_shift", "assets": ["a", "b", "c"], "assets_watched": 4, "changed_at": "T"}
    assert line("DriftDetected", **drift) == f"drift detected     {MODEL}  fleet_shift of 3 of 4 assets since T"
    assert line("DriftDetected", **drift | {"assets": ["a"]}) == f"drift detected     {MODEL}  fleet_shift of a since T"
    challenger = line("ModelRegistered", alias="challenger", champion_version="1")
    assert challenger == f"challenger         {MODEL}  version 2 in shadow of version 1"
    refused = line("GateDecided", passed=False, reason="rare_share 1 beyond 0.05")
    assert refused == f"gate refused       {MODEL}  version 2: rare_share 1 beyond 0.05"
    moved = {"previous_version": "1", "reason": "all bounds kept"}
    assert line("ModelPromoted", **moved) == f"promoted           {MODEL}  version 2 after version 1: all bounds kept"
    loaded = line("ModelLoaded", alias="champion", worker="monitor-1")
    assert loaded == f"in service         {MODEL}  version 2 is champion of monitor-1"
    assert line("ModelLoaded", alias="challenger", worker="monitor-1") is None
    assert line("RetrainingRequested") is None


def test_what_a_whole_fleet_raises_at_once_is_counted() -> None:
    few = FewLines(2)
    assert [few.lets_through() for _ in range(5)] == [True, True, False, False, False]
    assert (few.rest(), few.rest(), few.lets_through()) == (3, 0, True)
