"""What the role `web` is made of, for the routes to use."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field

from stream_app.web.access import Access
from stream_app.web.band_watch import BandWatch
from stream_app.web.feeds import Feeds
from stream_app.web.learning.parts import LearningParts
from stream_app.web.pipeline_watch import PipelineWatch
from stream_app.web.sound.answers import SoundAnswers
from stream_app.web.sound.microphones import Microphones
from stream_app.web.store import Store

_STILL_LOOKED_AT_S = 5.0


@dataclass
class Parts:
    """Feeds and watchers fill the store; `closing` is set when the server ends; `feeds` None in tests and documents."""

    store: Store
    watch: PipelineWatch
    bands: BandWatch | None = None
    feeds: Feeds | None = None
    microphones: Microphones = field(default_factory=Microphones)
    sound: SoundAnswers = field(default_factory=SoundAnswers)
    access: Access = field(default_factory=Access)
    learning: LearningParts = field(default_factory=LearningParts)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    streams: int = 0

    def look_at(self, sensor_ids: Iterable[str]) -> None:
        """Tell that sensors are on somebody's screen."""
        if self.bands is not None:
            self.bands.look_at(sensor_ids)

    async def counted(self, events: AsyncIterable[bytes], sensors: Sequence[str]) -> AsyncIterator[bytes]:
        """Pass the events of a stream on, and count it while it lasts; its sensors are on a screen."""
        self.streams += 1
        try:
            looked_s = 0.0
            async for event in events:
                now_s = asyncio.get_running_loop().time()
                if now_s - looked_s > _STILL_LOOKED_AT_S:
                    self.look_at(sensors)
                    looked_s = now_s
                yield event
        finally:
            self.streams -= 1

    def end(self) -> None:
        """Begin to end: streams close, and the feeds while the server ends."""
        self.closing.set()
        if self.feeds is not None:
            self.feeds.end()

    def start(self) -> None:
        """Begin to fill the store."""
        for part in (self.feeds, self.watch, self.bands, self.sound.kept, self.learning.shadow):
            if part is not None:
                part.start()

    def stop(self) -> None:
        """Fill no more."""
        for part in (self.watch, self.bands, self.sound.kept, self.learning.shadow, self.feeds):
            if part is not None:
                part.stop()
