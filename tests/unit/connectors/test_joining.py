"""A worker joins its group with the changelog among its topics, or not at all."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from connectors.kafka_lane.consumer import _ConsumerThread


class Thread(_ConsumerThread):
    """Without a thread: what would be called in it is kept."""

    def __init__(self, app: Any) -> None:
        self.app, self.called, self._rebalance_listener = app, list[set[str]](), None

    def _ensure_consumer(self) -> Any:
        return SimpleNamespace(subscribe=None)

    async def call_thread(self, fun: Any, *args: Any, **options: Any) -> Any:
        self.called.append(options["topics"])


def test_a_worker_that_stops_before_its_tables_are_there_does_not_join() -> None:
    app = SimpleNamespace(tables={"series": SimpleNamespace(changelog="series-changelog")})
    thread = Thread(cast(Any, app))
    asyncio.run(thread.subscribe(["readings"]))
    assert thread.called == []
    asyncio.run(thread.subscribe(["readings", "series-changelog"]))
    assert thread.called == [{"readings", "series-changelog"}]
