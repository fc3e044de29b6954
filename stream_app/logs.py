"""Structured logs on stderr, one line a fact; loggers of structlog and of the standard library alike."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

import structlog

_OWN = ("stream_app", "agents", "models", "connectors", "schemas", "benchmarks")
_HIDDEN = ("password", "secret", "token", "credential")


def configure_logs(
    level: str = "info", style: Literal["console", "json"] = "console", stream: TextIO | None = None
) -> None:
    """Send every log line to `stream` (stderr): ours from `level` on, libraries' from warning on."""
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        _hide_secrets,
    ]
    last: Any = structlog.processors.JSONRenderer() if style == "json" else _console_line
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*before, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                last,
            ],
        )
    )
    if level != "debug":
        handler.addFilter(_is_a_fact)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO if level == "debug" else logging.WARNING)
    for name in _OWN:
        logging.getLogger(name).setLevel(level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def get_logger(name: str) -> Any:
    """Return the logger of module `name`: `log.info("worker.started", port=6066)`."""
    return structlog.stdlib.get_logger(name)


def _is_a_fact(record: logging.LogRecord) -> bool:
    """Leave out what Faust's services say of starting and stopping: they log under the names of our subclasses."""
    return record.levelno > logging.INFO or not str(record.msg).startswith("[^")


def _hide_secrets(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in event:
        if any(word in key.lower() for word in _HIDDEN):
            event[key] = "(hidden)"
    return event


def _console_line(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
    time, level, fact = event.pop("ts", ""), event.pop("level", ""), event.pop("event", "")
    trace = event.pop("exception", None)
    event.pop("logger", None)
    pairs = "".join(f" {key}={_value(value)}" for key, value in event.items())
    return f"{time} {level:7} {fact}{pairs}" + (f"\n{trace}" if trace else "")


def _value(value: Any) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return repr(text) if not text or any(letter.isspace() for letter in text) else text
