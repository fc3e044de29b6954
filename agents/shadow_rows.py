"""What challengers say of the rows that champions judge, for the shadow topic."""

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from agents.outputs import Output
from agents.row_groups import by_record_and_asset
from models.serving.served_model import ServedModel
from models.windows.bank import WindowOutcome
from models.windows.joined import DETECTORS
from models.windows.type_stage import TypeStage
from schemas.anomaly_record import ModelRecord, SourceRecord
from schemas.reading_columns import ReadingColumns
from schemas.sensor_index import SensorIndex
from schemas.shadow_block import ShadowBlock, encode_shadow_block
from schemas.topics import SHADOW

_HEADERS = (("content-type", b"application/msgpack"),)


def shadow_outputs(
    source: tuple[str, int],
    stages: Sequence[TypeStage],
    types: NDArray[np.int64],
    facts: NDArray[np.void],
    outcome: WindowOutcome,
    columns: ReadingColumns,
    index: SensorIndex,
) -> Iterator[Output]:
    """Yield a message for each source record and asset whose rows a challenger judged.

    `source` is topic and partition; `types` (n,) places in `stages` of the rows, `facts` (n,) of WINDOW.
    """
    meta, record = columns.meta[facts["position"]], columns.offset[facts["position"]]
    p_values = np.stack([outcome.p_value, outcome.champion_p, outcome.challenger_p])
    for number, stage in enumerate(stages):
        if stage.challenger is None:
            continue
        chosen = np.flatnonzero(types == number)
        offset = record[chosen].tolist()
        for of_record, places in by_record_and_asset(offset, meta[chosen].tolist(), index.metas):
            rows = chosen[places]
            of_rows, asset_id = facts[rows], index.metas[meta[rows[0]]].asset_id
            block = ShadowBlock(
                lane="readings",
                asset_id=asset_id,
                champion=named(stage.champion),
                challenger=named(stage.challenger),
                sensor_ids=[index.names[row] for row in of_rows["row"].tolist()],
                ts_us=of_rows["ts_us"],
                flags=of_rows["flags"],
                source=SourceRecord(*source, int(of_rows["first_offset"].min()), int(of_rows["offset"].max())),
                champion_weight=float(outcome.champion_weight[rows[0]]),
                members=len(DETECTORS),
                p_values=p_values[:, rows].astype(np.float32),
            )
            # Types and assets of one record are told apart by the last number.
            nth = number * 1000 + of_record
            yield Output(SHADOW, asset_id.encode(), encode_shadow_block(block), _HEADERS, (offset[places[0]], 0, nth))


@overload
def named(model: ServedModel) -> ModelRecord: ...


@overload
def named(model: None) -> None: ...


def named(model: ServedModel | None) -> ModelRecord | None:
    """Return name and version of a model."""
    return None if model is None else ModelRecord(model.name, model.version)
