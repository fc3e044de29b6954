"""A share of the assets is judged by a challenger before it is champion, and by what it does there it is judged."""

import numpy as np
import pytest

from agents.promotion_desk import PromotionDesk
from models.promotion.canary_share import is_canary_asset
from models.promotion.gate import Bounds
from schemas.anomaly_record import ModelRecord, SourceRecord
from schemas.model_events import CanaryBegan, CanaryEnded, GateDecided, ModelEvent, ModelPromoted
from schemas.shadow_block import ShadowBlock, decode_shadow_block, encode_shadow_block
from tests.unit.promotion.test_gate import NAME, TS, feed, registered

ASSETS = [f"pump-{number}" for number in range(4_000)]


def share_of(version: str, share: float) -> set[str]:
    return {asset for asset in ASSETS if is_canary_asset(asset, NAME, version, share)}


def test_the_share_is_kept_and_every_version_gets_others() -> None:
    tenth, fifth, other = share_of("2", 0.1), share_of("2", 0.2), share_of("3", 0.1)
    assert 320 < len(tenth) < 480
    assert tenth < fifth
    assert 320 < len(other) < 480
    assert len(tenth & other) < 80
    assert (len(share_of("2", 0.0)), len(share_of("2", 1.0))) == (0, len(ASSETS))
    # The same on every machine, in every release: a replay depends on it.
    assert sorted(tenth)[:3] == ["pump-102", "pump-1034", "pump-1082"]


def gate(stage: str, passed: bool = True) -> GateDecided:
    return GateDecided.model_validate(
        {"id": "g", "model": NAME, "version": "2", "ts": TS, "champion_version": "1", "passed": passed,
         "mode": "automatic", "checks": [], "reason": "", "stage": stage}
    )  # fmt: skip


def began() -> CanaryBegan:
    return CanaryBegan(id="c", model=NAME, version="2", ts=TS, share=0.1, by="gate", mode="automatic", reason="")


def serve(desk: PromotionDesk, challenger: float, rows: int) -> None:
    """Rows of a canary asset: all detectors together say what the challenger does."""
    rng = np.random.default_rng(3)
    for at in range(rows // 50):
        usual = rng.uniform(size=(3, 50))
        own = usual[2] ** challenger
        made = ShadowBlock(
            lane="readings", asset_id="b", champion=ModelRecord(NAME, "1"), challenger=ModelRecord(NAME, "2"),
            sensor_ids=["b/flow"] * 50, ts_us=(at * 50 + np.arange(50)) * 16_000_000, flags=np.zeros(50, np.int64),
            source=SourceRecord("t", 0, 0, 1), champion_weight=0.2, members=5,
            p_values=np.stack([own, usual[1], own]).astype(np.float32), canary=True,
        )  # fmt: skip
        desk.note_shadow(decode_shadow_block(encode_shadow_block(made)))


@pytest.mark.parametrize(("challenger", "passed"), [(1.0, True), (20.0, False)])
def test_after_the_shadow_a_share_of_the_assets_decides(challenger: float, passed: bool) -> None:
    desk = PromotionDesk(Bounds(rows=400, canary_rows=200))
    desk.note_event(registered())
    feed(desk, 1.0)
    assert [each.stage for each in desk.due_challengers()] == ["shadow"]
    for event in (gate("shadow"), began()):
        desk.note_event(event)
    serve(desk, challenger, 150)
    feed(desk, 1.0)  # what it said in shadow, of other assets, is not what it did
    assert (desk.due_challengers(), desk.due_canaries()) == ([], [])
    serve(desk, challenger, 100)
    (decision,) = desk.due_canaries()
    assert (decision.version, decision.champion, decision.stage, decision.told) == ("2", "1", "canary", False)
    assert decision.passed is passed, decision.reason
    assert [check.name for check in decision.checks if not check.passed] == ([] if passed else ["canary_rare_share"])
    # It is told once, and acted on until it is done.
    desk.note_event(gate("canary", passed))
    assert [each.told for each in desk.due_canaries()] == [True]
    done: ModelEvent = (
        ModelPromoted(
            id="p", model=NAME, version="2", ts=TS, previous_version="1", by="gate", mode="automatic", reason=""
        )
        if passed
        else CanaryEnded(id="e", model=NAME, version="2", ts=TS, by="gate", mode="automatic", reason="")
    )
    desk.note_event(done)
    serve(desk, challenger, 300)
    assert (desk.due_challengers(), desk.due_canaries()) == ([], [])
