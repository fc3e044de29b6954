"""What leaves for each waveform block beside events: its feature row, and what a challenger said of it."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from agents.options import PUBLISH_EVERY, Publish
from agents.outputs import Output
from agents.shadow_rows import named
from models.blocks.asked import CHAMPION_WEIGHT
from models.blocks.bank import BlockBatch, BlockOutcome
from models.blocks.columns import COLUMNS
from models.blocks.order import TAKEN
from models.blocks.transition import JOINED
from models.health.state import OK
from models.serving.of_type import ModelsOfType
from schemas.anomaly_record import SourceRecord
from schemas.feature_block import ANOMALY_OPEN, LEARNING, UNHEALTHY_SENSOR, encode_feature_block
from schemas.shadow_block import ShadowBlock, encode_shadow_block
from schemas.signal import SignalBlock
from schemas.topics import FEATURES, SHADOW

ROW_COLUMNS: tuple[str, ...] = ("speed_rpm", *COLUMNS)
"""Of the feature rows: the speed of the shaft where it is known, then the block's features."""

_HEADERS = (("content-type", b"application/msgpack"),)


def block_rows(
    source: tuple[str, int],
    blocks: Sequence[SignalBlock],
    batch: BlockBatch,
    outcome: BlockOutcome,
    models: Sequence[ModelsOfType],
    by_canary: NDArray[np.bool_],
    publish: Publish,
) -> Iterator[Output]:
    """Yield the messages of n blocks taken in; `source` is topic and partition, `models` (n,) those of their types.

    `by_canary` (n,) are the blocks that a challenger judged in service.
    """
    flags = LEARNING * (outcome.learned == 0) + ANOMALY_OPEN * (outcome.open != 0)
    flags += UNHEALTHY_SENSOR * (outcome.health != OK)
    end_us = batch.end_us()
    every = PUBLISH_EVERY[publish]
    with np.errstate(over="ignore"):
        values = np.column_stack([batch.speed_rpm, outcome.features]).astype("<f4")
    values[~np.isfinite(values)] = np.nan
    for at in np.flatnonzero(outcome.block >= 0).tolist():
        block, offset = blocks[at], int(batch.offset[at])
        key, place, position = block.asset_id.encode(), SourceRecord(*source, offset, offset), (offset, 0, 0)
        if every and outcome.block[at] % every == 0:
            message = encode_feature_block(
                "signals",
                ROW_COLUMNS,
                asset_id=block.asset_id,
                sensor_ids=[block.sensor_id],
                sensor_types=[block.sensor_type],
                ts_us=[int(end_us[at])],
                start_ts_us=[block.ts_us],
                flags=[int(flags[at])],
                source=place,
                values=values[at].tobytes(),
            )
            yield Output(FEATURES, key, message, _HEADERS, position)
        challenger = models[at].challenger
        if challenger is not None and outcome.status[at] == TAKEN:
            together = 10.0 ** -outcome.score[at]
            said = ShadowBlock(
                lane="signals",
                asset_id=block.asset_id,
                champion=named(models[at].champion),
                challenger=named(challenger),
                sensor_ids=[block.sensor_id],
                ts_us=end_us[at : at + 1],
                flags=flags[at : at + 1],
                source=place,
                champion_weight=CHAMPION_WEIGHT,
                members=len(JOINED),
                canary=bool(by_canary[at]),
                p_values=np.array(
                    [[together], [outcome.asked.champion_p[at]], [outcome.asked.challenger_p[at]]], np.float32
                ),
            )
            yield Output(SHADOW, key, encode_shadow_block(said), _HEADERS, position)
