"""The end of a process that must not go on: whoever comes next begins at what is durable."""

import os
import sys
from typing import NoReturn

import structlog

log = structlog.get_logger(__name__)

EXIT_DEFECT = 70


def die(event: str, **facts: object) -> NoReturn:
    """Log and end the process at once, so that nothing later is acked."""
    log.critical(event, **facts)
    sys.stderr.flush()
    os._exit(EXIT_DEFECT)
