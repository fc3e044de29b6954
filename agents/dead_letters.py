"""Refusals as dead letters, for every lane alike."""

from collections.abc import Iterator

from agents.outputs import Output
from schemas.cloudevents import headers
from schemas.dead_letter import CE_TYPE, encode_dead_letter
from schemas.records import RecordColumns
from schemas.refusal import Refusal
from schemas.topics import DEAD_LETTERS


def dead_letter_outputs(records: RecordColumns, refused: list[Refusal], stage: str = "decode") -> Iterator[Output]:
    """Yield a dead letter for each refusal, keyed and placed as its source; `stage` is where it was refused."""
    for refusal in refused:
        offset = int(records.offset[refusal.record])
        ts_us = int(records.timestamp_ms[refusal.record]) * 1000
        key = records.key(refusal.record)
        value, letter_id = encode_dead_letter(
            topic=records.topic,
            partition=records.partition,
            offset=offset,
            index=refusal.index,
            ts_us=ts_us,
            reason=refusal.reason,
            stage=stage,
            detail=refusal.detail,
            key=key,
            value=refusal.value,
            headers=records.headers(refusal.record),
        )
        source = f"/{records.topic}/{records.partition}"
        yield Output(DEAD_LETTERS, key, value, headers(letter_id, CE_TYPE, source, ts_us), (offset, refusal.index, 0))
