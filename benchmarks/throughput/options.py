"""What every rival is told on its command line."""

import argparse
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RivalOptions:
    """Where to read, as which group, and the topic for events."""

    brokers: str
    group: str
    events: str


def rival_options() -> RivalOptions:
    """Return the options of this process."""
    parser = argparse.ArgumentParser()
    for name in ("brokers", "group", "events"):
        parser.add_argument(f"--{name}", required=True)
    return RivalOptions(**vars(parser.parse_args()))
