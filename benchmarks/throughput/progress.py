"""How a rival tells its progress: JSON lines on stdout, four times a second."""

import json
import sys
import threading
import time
from typing import TextIO

from benchmarks.throughput.rate import Sample

EVERY_S = 0.25


class Progress:
    """Counts readings that are decoded, scored and their events handed over; tells it from a thread of its own."""

    def __init__(self, stream: TextIO | None = None, every_s: float = EVERY_S) -> None:
        self.readings = 0
        self._stream = stream or sys.stdout
        self._every_s = every_s
        threading.Thread(target=self._tell_for_ever, daemon=True).start()

    def add(self, readings: int) -> None:
        """Count `readings` more."""
        self.readings += readings

    def _tell_for_ever(self) -> None:
        while True:
            sample = {"at_s": time.monotonic(), "readings": self.readings, "cpu_s": time.process_time()}
            print(json.dumps(sample), file=self._stream, flush=True)
            time.sleep(self._every_s)


def parse_sample(line: str) -> Sample | None:
    """Return the sample in `line`, or None where the line is something else that the rival printed."""
    if not line.startswith('{"at_s"'):
        return None
    return Sample(**json.loads(line))
