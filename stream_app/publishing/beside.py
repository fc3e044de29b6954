"""Work of a second thread beside that of the first."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def beside(work: Callable[[], None], stop: threading.Event) -> Iterator[None]:
    """Run `work` as long as the context lasts and until it ends; an error in either sets `stop` and is raised."""

    def told() -> None:
        try:
            work()
        except BaseException:
            stop.set()
            raise

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(told)
        try:
            yield
        except BaseException:
            stop.set()
            raise
        done.result()
