"""Frames in order, holes between them, the health of a microphone, and what is kept of it."""

import numpy as np
import pytest

from models.arrival import DUPLICATE, LATE
from models.sound.bank import SoundBank
from models.sound.order import BROKEN, NEXT
from models.sound.tuning import SoundTuning
from schemas.errors import BadDataError, SettingsError
from tests.unit.models.sound.driver import QUICK, START_US, Microphone, machine

SECOND = machine(1.0, 0)
TENTH = SECOND[:1_600]


def test_numbers_tell_what_goes_on_and_what_is_missing() -> None:
    mic = Microphone()
    assert mic.frame(TENTH, 5) == BROKEN
    # A clock that jumps by less than half a second is none: the numbers know.
    assert [mic.frame(TENTH, 6), mic.frame(TENTH, 7, 0.3), mic.frame(TENTH, 8, -0.05)] == [NEXT, NEXT, NEXT]
    assert mic.frame(TENTH, 10, 0.1) == BROKEN
    mic.at -= 0.1
    assert mic.frame(TENTH, 10) == DUPLICATE
    assert mic.frame(TENTH, 11) == NEXT
    mic.at -= 0.75
    assert mic.frame(TENTH, 9_000) == LATE
    mic.at += 1.0
    assert mic.frame(TENTH, 0) == BROKEN  # a device that began to count anew
    assert mic.frame(TENTH, 1, 3.0) == BROKEN  # numbered on, but three seconds later


def test_times_tell_where_there_are_no_numbers() -> None:
    mic = Microphone()
    steps = [0.0, 0.0, 0.04, -0.04, 0.0, 0.06, 0.0, -0.06]
    found = [mic.frame(TENTH, None, late_s) for late_s in steps]
    assert found == [BROKEN, NEXT, NEXT, NEXT, NEXT, BROKEN, NEXT, BROKEN]
    # The clock may drift away for good, if slowly.
    assert {mic.frame(TENTH, None, 0.001) for _ in range(200)} == {NEXT}
    mic.at -= 0.1
    assert mic.frame(TENTH) == DUPLICATE


def test_a_hole_breaks_the_clip() -> None:
    whole, holed = Microphone(), Microphone()
    for k in range(30):
        whole.frame(TENTH, k)
        if k != 15:
            holed.frame(TENTH, k, 0.1 if k == 16 else 0.0)
    assert whole.clips == 9  # every quarter of a second from one second on
    assert holed.clips == 3 + 2
    ((state, missing_s),) = holed.health
    assert (state, round(missing_s, 6)) == ("gap", 0.1)
    assert whole.health == []


def test_another_rate_begins_anew() -> None:
    mic = Microphone()
    mic.play(machine(2.0, 1))
    assert mic.clips == 5
    mic.rate_hz = 8_000
    assert mic.frame(machine(0.9, 2, 8_000)) == BROKEN
    assert mic.clips == 5
    assert mic.frame(machine(0.2, 3, 8_000)) == NEXT
    assert mic.clips == 6


def test_the_first_score_comes_as_soon_as_enough_was_heard() -> None:
    mic = Microphone()
    mic.play(machine(20.0, 4))
    enough_s = QUICK.span_s + QUICK.learn_s + QUICK.calibrate_s
    assert enough_s <= mic.score_times_s()[0] <= enough_s + 2.0


def test_another_gain_is_the_microphones_matter() -> None:
    mic = Microphone()
    sound = machine(50.0, 5)
    mic.play(sound[: 25 * 16_000])
    mic.play(0.25 * sound[25 * 16_000 : 35 * 16_000])
    mic.play(sound[35 * 16_000 :])
    assert [state for state, _ in mic.health] == ["out_of_range", "ok"]
    assert mic.health[0][1] == pytest.approx(-12.04, abs=0.2)
    assert mic.anomalies == []


def test_another_spectrum_is_the_machines_matter() -> None:
    mic = Microphone()
    sound = machine(50.0, 6)
    at = np.arange(len(sound)) / 16_000
    whistle = 0.2 * np.sin(2 * np.pi * 2_900.0 * at) * ((at >= 25.0) & (at < 35.0))
    mic.play(sound + whistle.astype(np.float32))
    assert mic.anomalies == [True, False]
    assert mic.health == []


def test_a_strange_sound_is_not_joined_across_a_gap() -> None:
    mic = Microphone()
    mic.play(machine(25.0, 6))
    at = np.arange(16_000 * 8) / 16_000
    whistling = machine(8.0, 7) + (0.2 * np.sin(2 * np.pi * 2_900.0 * at)).astype(np.float32)
    mic.play(whistling[:16_000])
    assert mic.score_times_s()[-1] == pytest.approx(26.0)
    mic.at += 60.0
    mic.play(whistling[16_000:])
    [raised] = [t for outcome in mic.outcomes for t in outcome.transitions]
    assert raised["start_ts_us"] >= START_US + 86_000_000


def test_silence_and_clipping_are_told_and_not_judged() -> None:
    mic = Microphone()
    mic.play(machine(20.0, 7))
    mic.play(np.zeros(3 * 16_000, np.float32))
    mic.play(machine(5.0, 8))
    mic.play(np.clip(40.0 * machine(3.0, 9), -1.0, 1.0))
    mic.play(machine(5.0, 10))
    assert [state for state, _ in mic.health] == ["silent", "ok", "clipped", "ok"]
    assert mic.anomalies == []


def test_what_was_learned_with_other_constants_is_learned_anew() -> None:
    mic = Microphone()
    mic.play(machine(20.0, 11))
    other = SoundBank(SoundTuning(span_s=2.0, hop_s=0.5, learn_s=16.0, calibrate_s=5.0))
    other.restore(0, mic.bank.pack(0))
    mic.bank, before = other, mic.clips
    mic.outcomes.clear()
    mic.play(machine(2.0, 12))
    assert before == 77
    assert mic.clips == 1
    assert mic.health == []
    assert mic.score_times_s() == []
    mic.play(machine(30.0, 13))
    assert mic.score_times_s()


@pytest.mark.parametrize(
    ("rate_hz", "frame_s", "hops"), [(16_000, 10.0, 10), (44_100, 1.0, 10), (192_000, 10.0, 20), (16_000, 0.01, 20)]
)
def test_state_is_small_and_comes_back(rate_hz: int, frame_s: float, hops: int) -> None:
    """The overlap with the next frames, the ring of hops, what was learned and the model: at most 64 KB together."""
    bank = SoundBank(SoundTuning(span_s=hops * 0.5, hop_s=0.5, learn_s=20.0, calibrate_s=11.0))
    mic = Microphone(bank, rate_hz=rate_hz)
    mic.play(machine(45.0, 14, rate_hz), round(frame_s * rate_hz))
    packed = bank.pack(0)
    assert mic.score_times_s()
    assert len(packed) <= 40_000
    assert bank.state_bytes <= 64 * 1024
    again = SoundBank(bank.tuning)
    again.restore(0, packed)
    assert again.pack(0) == packed


@pytest.mark.parametrize("cut", [0, 15, 200, 5_000, -1])
def test_bytes_that_are_no_state_are_refused(cut: int) -> None:
    mic = Microphone()
    mic.play(machine(1.0, 15))
    with pytest.raises(BadDataError, match="delete the state table"):
        SoundBank(QUICK).restore(0, mic.bank.pack(0)[:cut])


@pytest.mark.parametrize(
    "change",
    [{"hop_s": 0.1}, {"span_s": 10.3}, {"span_s": 300.0}, {"learn_s": 5.0}, {"raise_score": 1.0}, {"hold_clips": 0}],
)
def test_constants_that_cannot_work_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(SettingsError):
        SoundTuning(**change)  # type: ignore[arg-type]
