"""What goes to stdout and what goes to stderr."""

import io
import json
import logging

import pytest

from stream_app.logs import configure_logs, get_logger
from stream_app.output import Output, aligned


def test_text_or_json_never_both(capsys: pytest.CaptureFixture[str]) -> None:
    for output, expected in ((Output(json=False), "t\nl\nA\n1\n"), (Output(json=True), '{"d": 1}\n{"l": 1}\n')):
        output.text("t")
        output.document({"d": 1})
        output.line({"l": 1}, "l")
        output.table(["A"], [[1]])
        assert capsys.readouterr().out == expected


def test_columns_are_aligned() -> None:
    assert aligned(["name", "n"], [["a", 1], ["long name", 20_000], ["b", None]]) == (
        "name            n\na               1\nlong name  20,000\nb               -"
    )
    assert aligned(["name", "n"], []) == "name  n"


@pytest.fixture(autouse=True)
def _logging_as_before() -> object:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before[0], before[1]


def test_one_line_a_fact_for_people() -> None:
    stream = io.StringIO()
    configure_logs("info", "console", stream)
    get_logger("agents.x").info("worker.started", port=6066, host="a b", rate=0.123456789)
    get_logger("agents.x").debug("hidden")
    logging.getLogger("somebody.else").info("hidden")
    logging.getLogger("connectors.kafka_lane.app").info("[^BatchApp]: Starting...")
    logging.getLogger("somebody.else").warning("look at %s", "this")
    first, second = stream.getvalue().splitlines()
    assert first.endswith("info    worker.started port=6066 host='a b' rate=0.123457")
    assert second.endswith("warning look at this")


def test_the_same_as_json_without_secrets() -> None:
    stream = io.StringIO()
    configure_logs("debug", "json", stream)
    get_logger("agents.x").debug("checkpoint.begin", series=3, sasl_password="s3cret")
    fact = json.loads(stream.getvalue())
    assert (fact["event"], fact["level"], fact["series"]) == ("checkpoint.begin", "debug", 3)
    assert fact["ts"].endswith("Z")
    assert "s3cret" not in stream.getvalue()


def test_an_exception_is_logged_with_its_traceback() -> None:
    stream = io.StringIO()
    configure_logs("info", "console", stream)
    try:
        raise ValueError("boom")
    except ValueError:
        get_logger("agents.x").exception("it.failed")
    assert "it.failed" in stream.getvalue()
    assert "ValueError: boom" in stream.getvalue()
