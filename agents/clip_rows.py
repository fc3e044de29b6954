"""What leaves for each clip beside events: its feature row, and what a challenger said of it."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from agents.options import PUBLISH_EVERY, Publish
from agents.outputs import Output, Position
from agents.shadow_rows import named
from models.serving.of_type import ModelsOfType
from models.sound.asked import CHAMPION_WEIGHT
from models.sound.bank import SoundOutcome
from models.sound.columns import CLIP_COLUMNS
from schemas.anomaly_record import SourceRecord
from schemas.audio_frame import AudioFrame
from schemas.feature_block import ANOMALY_OPEN, LEARNING, UNHEALTHY_SENSOR, encode_feature_block
from schemas.shadow_block import ShadowBlock, encode_shadow_block
from schemas.topics import FEATURES, SHADOW

_HEADERS = (("content-type", b"application/msgpack"),)


def clip_rows(
    source: tuple[str, int],
    frames: Sequence[AudioFrame],
    outcome: SoundOutcome,
    models: Sequence[ModelsOfType],
    by_canary: NDArray[np.bool_],
    publish: Publish,
    span_us: int,
    position_of: Callable[[int], Position],
) -> Iterator[Output]:
    """Yield the messages of the clips that n frames completed; `source` is topic and partition.

    `models` (n,) are those of the frames' types, `by_canary` (n,) the frames that a challenger judged in service;
    `position_of(i)` is that of look i.
    """
    looks, places, judged, asked = outcome.looks, outcome.places, outcome.judged, outcome.asked
    flags = LEARNING * (judged.learned == 0) + ANOMALY_OPEN * (judged.open != 0) + UNHEALTHY_SENSOR * judged.unhealthy
    every = PUBLISH_EVERY[publish]
    for i in np.flatnonzero(judged.clip >= 0).tolist():
        at, offset, end_us = int(places.position[i]), int(places.offset[i]), int(places.ts_us[i])
        frame, place = frames[at], SourceRecord(*source, offset, offset)
        key = frame.asset_id.encode()
        if every and judged.clip[i] % every == 0:
            message = encode_feature_block(
                "audio",
                CLIP_COLUMNS,
                asset_id=frame.asset_id,
                sensor_ids=[frame.microphone_id],
                sensor_types=[frame.sensor_type],
                ts_us=[end_us],
                start_ts_us=[end_us - span_us],
                flags=[int(flags[i])],
                source=place,
                values=looks.clip[i].astype("<f4").tobytes(),
            )
            yield Output(FEATURES, key, message, _HEADERS, position_of(i))
        challenger = models[at].challenger
        if challenger is not None and not np.isnan(asked.challenger_p[i]):
            said = ShadowBlock(
                lane="audio",
                asset_id=frame.asset_id,
                champion=named(models[at].champion),
                challenger=named(challenger),
                sensor_ids=[frame.microphone_id],
                ts_us=places.ts_us[i : i + 1],
                flags=flags[i : i + 1],
                source=place,
                champion_weight=CHAMPION_WEIGHT,
                members=1,
                # What counts here is the microphone's own calibration; models are compared by that of training.
                p_values=np.array([[asked.p_value[i]], [asked.champion_p[i]], [asked.challenger_p[i]]], np.float32),
                canary=bool(by_canary[at]),
            )
            yield Output(SHADOW, key, encode_shadow_block(said), _HEADERS, position_of(i))
