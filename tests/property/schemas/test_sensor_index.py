"""The sensor index: dense, stable rows that the kernel finds again, whatever the names."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.reading_decoder import ReadingDecoder
from schemas.records import RecordColumns
from schemas.sensor_index import SensorIndex


def _decode(decoder: ReadingDecoder, names: list[str], escaped: bool) -> list[str]:
    values = [json.dumps({"sensor_id": name, "ts": 1, "value": 1}, ensure_ascii=escaped).encode() for name in names]
    decoded = decoder.decode(RecordColumns.of("t", 0, [(i, 0, None, value) for i, value in enumerate(values)]))
    assert not decoded.refused
    return [decoder.index.names[row] for row in decoded.columns.row]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), min_size=1, max_size=30), st.booleans())
def test_any_names_come_back_in_any_spelling(names: list[str], escaped: bool) -> None:
    decoder = ReadingDecoder(SensorIndex(), max_future_s=1e12)
    assert _decode(decoder, names, escaped) == names
    assert _decode(decoder, names, not escaped) == names
    assert len(decoder.index) == len(set(names))
    assert sorted(decoder.index.row_of(name) for name in set(names)) == list(range(len(set(names))))


def test_rows_stay_while_the_index_grows() -> None:
    index = SensorIndex()
    decoder = ReadingDecoder(index, max_future_s=1e12)
    names = [f"asset-{k // 7}/sensor-{k}" for k in range(20_000)]
    for start in range(0, len(names), 3000):
        assert _decode(decoder, names[start : start + 3000], escaped=False) == names[start : start + 3000]
    rows = [index.row_of(name) for name in names]
    assert rows == list(range(len(names)))
    assert _decode(decoder, names[::-1], escaped=False) == names[::-1]
    assert index.find("never heard") is None
