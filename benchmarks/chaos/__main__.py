"""`python -m benchmarks.chaos --kills N --seed S`: progress on stderr, the verdict as JSON last on stdout."""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.chaos.run import Options, run
from schemas.errors import StreamAppError
from stream_app.logs import configure_logs


def main() -> int:
    """Return 0 when nothing was lost, doubled or left different, 1 when something was, else the error's exit code."""
    arguments = _arguments()
    # The judge runs what workers run; what it says at debug level is not part of the verdict.
    configure_logs("warning")
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    kept = arguments.keep
    try:
        options = Options(kills=arguments.kills, seed=arguments.seed, rate=arguments.rate, sensors=arguments.sensors)
        verdict = run(options, folder, _say)
    except StreamAppError as error:
        kept = True
        print(f"chaos: {error}", file=sys.stderr)
        return error.exit_code
    else:
        kept = kept or not verdict.passed
        print(json.dumps(verdict.document()), flush=True)
        return 0 if verdict.passed else 1
    finally:
        if kept:
            _say(f"logs and broker data are kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _arguments() -> argparse.Namespace:
    defaults = Options()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=defaults.kills, help="how many kill -9 (default %(default)s)")
    parser.add_argument("--seed", type=int, default=defaults.seed, help="of load and kills (default %(default)s)")
    parser.add_argument("--rate", type=float, default=defaults.rate, help="messages/s (default %(default)s)")
    parser.add_argument("--sensors", type=int, default=defaults.sensors, help="sensors (default %(default)s)")
    parser.add_argument("--keep", action="store_true", help="keep logs and broker data")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
