"""What the lanes can be told."""

from dataclasses import dataclass, field
from typing import Literal

from agents.assets import AssetBook
from models.assets.tuning import AssetTuning
from models.blocks.tuning import BlockTuning
from models.health.limits import Limits
from models.regimes.tuning import RegimeTuning
from models.sound.tuning import SoundTuning
from models.tuning import Tuning
from models.windows.tuning import WindowTuning
from schemas.reading_decoder import ReadingDecoder
from schemas.sensor_index import SensorIndex

Publish = Literal["all", "sampled", "none"]
"""Which feature rows are published."""

SAMPLED_EVERY = 16
PUBLISH_EVERY: dict[Publish, int] = {"all": 1, "sampled": SAMPLED_EVERY, "none": 0}
"""Of the windows, blocks or clips of a sensor, in order, so many leave one feature row; 0: none do."""


@dataclass(frozen=True, slots=True)
class ReadingsOptions:
    """What the readings lane can be told; the defaults are what users get."""

    max_message_bytes: int = 1_000_000
    max_future_s: float = 300.0
    require_asset_key: bool = False
    tuning: Tuning = field(default_factory=Tuning)
    limits: Limits = field(default_factory=Limits)
    windows: WindowTuning = field(default_factory=WindowTuning)
    relations: AssetTuning = field(default_factory=AssetTuning)
    regimes: RegimeTuning = field(default_factory=RegimeTuning)
    publish_features: Publish = "all"

    def decoder(self, index: SensorIndex) -> ReadingDecoder:
        """Return a decoder into the rows of `index`."""
        return ReadingDecoder(
            index,
            max_message_bytes=self.max_message_bytes,
            max_future_s=self.max_future_s,
            require_asset_key=self.require_asset_key,
        )


@dataclass(frozen=True, slots=True)
class SignalsOptions:
    """What the lane of waveform blocks can be told; the defaults are what users get."""

    max_message_bytes: int = 1_000_000
    max_future_s: float = 300.0
    require_asset_key: bool = False
    publish_features: Publish = "all"
    tuning: BlockTuning = field(default_factory=BlockTuning)
    limits: Limits = field(default_factory=Limits)
    assets: AssetBook = field(default_factory=AssetBook)


@dataclass(frozen=True, slots=True)
class AudioOptions:
    """What the lane of microphone frames can be told; the defaults are what users get.

    Where `keep_channels`, each channel is a microphone of its own, else they are mixed.
    """

    max_message_bytes: int = 1_000_000
    max_future_s: float = 300.0
    require_asset_key: bool = False
    publish_features: Publish = "all"
    keep_channels: bool = False
    tuning: SoundTuning = field(default_factory=SoundTuning)
