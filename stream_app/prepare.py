"""Last step of the set-up: fetch what the embedded broker needs and compile the kernels, so that starting is quick."""

import importlib.util

from agents.readings import warm_up


def main() -> None:
    """Fetch the broker's jars (where the extra `embedded` is installed) and compile the kernels."""
    if importlib.util.find_spec("jgo"):
        from connectors.embedded_kafka.jars import verified_jars

        verified_jars()
    warm_up()


if __name__ == "__main__":
    main()
