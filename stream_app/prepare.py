"""Last step of the set-up: fetch what the embedded broker needs and compile the kernels, so that starting is quick."""

import importlib.util
from concurrent.futures import ProcessPoolExecutor

from agents.warm_up import warm_up_blocks, warm_up_served
from agents.warm_up_readings import warm_up_assets, warm_up_decoder, warm_up_models, warm_up_windows
from connectors.kafka_lane.record_batches import compile_kernels


def _fetch_jars() -> None:
    """Fetch the broker's jars, where the extra `embedded` is installed."""
    if importlib.util.find_spec("jgo"):
        from connectors.embedded_kafka.jars import verified_jars

        verified_jars()


def _warm_up_fetches() -> None:
    """Compile what turns fetched bytes into columns."""
    compile_kernels()
    warm_up_decoder()


def _warm_up_series() -> None:
    """Compile what assets need after what series need: much of it is the same."""
    warm_up_models()
    warm_up_assets()


def main() -> None:
    """Do it all at once: compiling takes a core each, fetching hardly any."""
    steps = (_fetch_jars, _warm_up_fetches, _warm_up_series, warm_up_windows, warm_up_blocks, warm_up_served)
    with ProcessPoolExecutor(3) as pool:
        for done in [pool.submit(step) for step in steps]:
            done.result()


if __name__ == "__main__":
    main()
