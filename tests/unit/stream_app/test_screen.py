"""Logs above the live line."""

import io

from stream_app.screen import Screen


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_the_live_line_stays_at_the_bottom_of_a_terminal() -> None:
    both = Terminal()
    screen = Screen(both, both)
    screen.live("rate 1")
    screen.write("a log line\n")
    screen.live("rate 2")
    screen.line("an anomaly")
    screen.end()
    assert _as_seen(both.getvalue()) == ["a log line", "an anomaly", "rate 2", ""]


def test_elsewhere_it_is_a_line_as_others() -> None:
    out, err = io.StringIO(), io.StringIO()
    screen = Screen(out, err)
    screen.live("rate 1")
    screen.write("a log line\n")
    screen.live("rate 2")
    screen.end()
    assert out.getvalue() == "rate 1\nrate 2\n"
    assert err.getvalue() == "a log line\n"


def _as_seen(written: str) -> list[str]:
    """Return the lines that stand on a terminal after `written`."""
    return [line.rsplit("\r\x1b[2K", 1)[-1] for line in written.split("\n")]
