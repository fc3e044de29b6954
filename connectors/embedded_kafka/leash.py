"""Become a program that the kernel kills when our parent ends: `python leash.py PARENT_PID PROGRAM [ARG…]`.

The bond is to the thread that started us (Linux: PR_SET_PDEATHSIG), so start from a thread that lives as long
as the child should. Elsewhere than on Linux the program just runs.
"""

import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def leashed(command: list[str]) -> list[str]:
    """Return the command line that runs `command` so that it cannot outlive the calling process."""
    # -I -S: neither the working directory nor site-packages are read, so this costs some 20 ms.
    return [sys.executable, "-I", "-S", str(Path(__file__).resolve()), str(os.getpid()), *command]


def main(arguments: list[str]) -> None:
    """Tie this process to its parent and replace it by the program."""
    parent_pid, program = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        # The parent may have ended before the line above took effect.
        if os.getppid() != parent_pid:
            sys.exit(1)
    os.execv(program[0], program)


if __name__ == "__main__":
    main(sys.argv[1:])
