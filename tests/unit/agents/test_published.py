"""A replay publishes only what is not there yet."""

from agents.outputs import Output
from agents.published import Published

TARGET = ("events", 3)


def outputs(*positions: tuple[int, int, int]) -> list[Output]:
    return [Output("events", None, b"", (), position) for position in positions]


def test_positions_up_to_the_last_published_are_left_out() -> None:
    published = Published({TARGET: (7, 2, 0)}, {TARGET: 40})
    replayed = outputs((6, 9, 0), (7, 1, 0), (7, 2, 0), (7, 2, 1), (8, 0, 0))
    assert [o.position for o in published.keep_new(TARGET, replayed)] == [(7, 2, 1), (8, 0, 0)]
    assert published.keep_new(TARGET, replayed) == []


def test_another_target_knows_nothing_of_it() -> None:
    published = Published({TARGET: (7, 2, 0)})
    assert len(published.keep_new(("events", 4), outputs((1, 0, 0)))) == 1
