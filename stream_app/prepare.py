"""Last step of the set-up: fetch what the embedded broker needs and compile the kernels, so that starting is quick."""

import importlib.util
from concurrent.futures import ProcessPoolExecutor

from agents.warm_up import warm_up_decoder, warm_up_models


def _fetch_jars() -> None:
    """Fetch the broker's jars, where the extra `embedded` is installed."""
    if importlib.util.find_spec("jgo"):
        from connectors.embedded_kafka.jars import verified_jars

        verified_jars()


def main() -> None:
    """Do it all at once: compiling takes one core each for the decoder and the models, fetching hardly any."""
    with ProcessPoolExecutor(3) as pool:
        for done in [pool.submit(step) for step in (_fetch_jars, warm_up_decoder, warm_up_models)]:
            done.result()


if __name__ == "__main__":
    main()
