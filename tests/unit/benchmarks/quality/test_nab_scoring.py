"""NAB's rules in cases worked out by hand."""

from math import exp

import pytest

from benchmarks.quality.nab_scoring import Labelled, Profile, counts, probation, score, sigmoid, worth

STANDARD = Profile(1.0, 1.0, 0.11)
LOW_FN = Profile(1.0, 2.0, 0.11)
WINDOWS = [(500, 599)]


def test_probation_is_a_share_of_the_file_up_to_a_limit() -> None:
    assert [probation(rows) for rows in (100, 4032, 5000, 22_695)] == [15, 604, 750, 750]


def test_the_sigmoid_falls_from_a_hit_at_once_to_a_false_alarm() -> None:
    assert sigmoid(-1.0) == pytest.approx(2 / (1 + exp(-5)) - 1)
    assert sigmoid(0.0) == 0.0
    assert sigmoid(3.0) == pytest.approx(-1.0, abs=1e-6)
    assert sigmoid(3.1) == -1.0


def test_worth_by_place() -> None:
    assert worth(500, WINDOWS) == (0, 1.0)
    assert worth(599, WINDOWS)[0] == 0
    assert worth(599, WINDOWS)[1] == pytest.approx(sigmoid(-0.01) / sigmoid(-1.0))
    assert worth(499, WINDOWS) == (None, -1.0)
    assert worth(698, WINDOWS)[0] is None
    assert worth(698, WINDOWS)[1] == pytest.approx(sigmoid(1.0))
    assert worth(600, WINDOWS)[1] == pytest.approx(sigmoid(1 / 99))
    assert worth(2000, WINDOWS) == (None, -1.0)


@pytest.mark.parametrize("profile", [STANDARD, LOW_FN])
def test_silence_is_0_and_being_right_at_once_is_100(profile: Profile) -> None:
    files = [Labelled(1000, WINDOWS, []), Labelled(1000, [], [])]
    assert score(files, profile) == 0.0
    files = [Labelled(1000, WINDOWS, [500]), Labelled(1000, [], [])]
    assert score(files, profile) == pytest.approx(100.0)


def test_only_the_first_detection_in_a_window_counts() -> None:
    once, again = [Labelled(1000, WINDOWS, rows) for rows in ([520], [520, 560, 599])]
    assert score([once], STANDARD) == score([again], STANDARD) == pytest.approx(50 * (1 + worth(520, WINDOWS)[1]))


def test_a_false_alarm_costs_its_weight() -> None:
    file = Labelled(1000, WINDOWS, [300, 500])
    assert score([file], STANDARD) == pytest.approx(100 * (1 - 0.11 + 1) / 2)
    assert score([file], LOW_FN) == pytest.approx(100 * (1 - 0.11 + 2) / 3)
    assert counts([file]).false_alarms == 1


def test_what_is_said_in_probation_is_not_heard() -> None:
    file = Labelled(1000, [(10, 100), *WINDOWS], [5, 20, 149, 500])
    # The window in probation can be neither hit nor missed, but the perfect detector is given it.
    assert score([file], STANDARD) == pytest.approx(100 * 2 / 3)
    assert counts([file]).windows == counts([file]).hits == 1
    assert counts([file]).false_alarms == 0


def test_a_corpus_without_windows_has_no_score() -> None:
    with pytest.raises(ValueError, match="no window"):
        score([Labelled(1000, [], [])], STANDARD)
