"""Log lines above one live line at the bottom of a terminal."""

import sys
import threading
from typing import TextIO

_CLEAR = "\r\x1b[2K"


class Screen:
    """Writes lines to stdout and stderr; on a terminal the live line stays below them, else it is a line as others."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.out = out or sys.stdout
        self.err = err or sys.stderr
        self.is_terminal = self.out.isatty() and self.err.isatty()
        self._live = ""
        self._lock = threading.Lock()

    def write(self, text: str) -> int:
        """Write whole lines to stderr: the screen serves as the stream of the logs."""
        self._put(self.err, text)
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def line(self, text: str) -> None:
        """Write a line to stdout."""
        self._put(self.out, text + "\n")

    def live(self, text: str) -> None:
        """Replace the live line."""
        if not self.is_terminal:
            self.line(text)
            return
        with self._lock:
            self._live = text
            self.out.write(_CLEAR + text)
            self.out.flush()

    def end(self) -> None:
        """Leave the last live line standing."""
        with self._lock:
            if self._live:
                self.out.write("\n")
                self.out.flush()
                self._live = ""

    def _put(self, stream: TextIO, text: str) -> None:
        with self._lock:
            if self._live:
                self.out.write(_CLEAR)
                self.out.flush()
            stream.write(text)
            stream.flush()
            if self._live:
                self.out.write(self._live)
                self.out.flush()
