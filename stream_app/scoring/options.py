"""The lanes as the settings want them: the same for workers and for scoring without Kafka."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.options import AudioOptions, ReadingsOptions, SignalsOptions
    from stream_app.settings import Settings


def readings_options(settings: "Settings") -> "ReadingsOptions":
    """Return the options of the readings lane."""
    from agents.options import ReadingsOptions
    from models.assets.tuning import AssetTuning
    from models.health.limits import Limits
    from models.regimes.tuning import RegimeTuning
    from models.windows.tuning import WindowShape, WindowTuning

    windows, relations, regimes = settings.windows, settings.relations, settings.regimes
    return ReadingsOptions(
        max_message_bytes=settings.readings.max_message_bytes,
        max_future_s=settings.readings.max_future_s,
        require_asset_key=settings.kafka.require_asset_key,
        tuning=settings.tuning(),
        limits=Limits(settings.health.limits),
        windows=WindowTuning(
            shape=WindowShape(windows.readings, windows.hop),
            shape_of_type={name: WindowShape(*shape) for name, shape in windows.by_type.items()},
            raise_p=windows.raise_p,
            clear_p=max(0.01, windows.raise_p),
        ),
        relations=AssetTuning(
            tick_s=relations.tick_s,
            learn_ticks=relations.learn_ticks,
            raise_z=relations.raise_z,
            hold_ticks=relations.hold_ticks,
        ),
        regimes=RegimeTuning(
            speed_types=regimes.speed_types,
            mode_types=regimes.mode_types,
            learn_readings=regimes.learn_readings,
            find_readings=regimes.find_readings,
        ),
        publish_features=settings.features.publish,
    )


def signals_options(settings: "Settings") -> "SignalsOptions":
    """Return the options of the lane of waveform blocks; raises SettingsError where the assets file is wrong."""
    from agents.options import SignalsOptions
    from models.blocks.tuning import BlockTuning
    from models.health.limits import Limits
    from stream_app.assets_file import read_assets

    signals = settings.signals
    return SignalsOptions(
        max_message_bytes=settings.readings.max_message_bytes,
        max_future_s=settings.readings.max_future_s,
        require_asset_key=settings.kafka.require_asset_key,
        publish_features=settings.features.publish,
        tuning=BlockTuning(learn_blocks=signals.learn_blocks, learn_s=signals.learn_s, hold_blocks=signals.hold_blocks),
        limits=Limits(signals.limits),
        assets=read_assets(settings.assets_file),
    )


def audio_options(settings: "Settings") -> "AudioOptions":
    """Return the options of the lane of microphone frames."""
    from agents.options import AudioOptions
    from models.sound.tuning import SoundTuning

    audio = settings.audio
    return AudioOptions(
        max_message_bytes=settings.readings.max_message_bytes,
        max_future_s=settings.readings.max_future_s,
        require_asset_key=settings.kafka.require_asset_key,
        publish_features=settings.features.publish,
        keep_channels=audio.channels == "keep",
        tuning=SoundTuning(
            span_s=audio.span_s,
            hop_s=audio.hop_s,
            learn_s=audio.learn_s,
            calibrate_s=audio.calibrate_s,
            hold_clips=audio.hold_clips,
        ),
    )
