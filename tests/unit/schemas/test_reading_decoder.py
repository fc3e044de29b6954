"""What stands in the columns after decoding."""

import numpy as np

from schemas.reading_decoder import ReadingDecoder
from schemas.records import RecordColumns
from schemas.sensor_index import SensorIndex, SensorMeta


def _records(*values: bytes, first_offset: int = 10) -> RecordColumns:
    return RecordColumns.of("t", 3, [(first_offset + i, -1, b"k", value) for i, value in enumerate(values)])


def test_columns_of_the_three_shapes() -> None:
    index = SensorIndex()
    decoded = ReadingDecoder(index).decode(
        _records(
            b'{"sensor_id":"a/x","ts":"2026-01-02T03:04:05Z","value":2,"seq":5,"quality":"uncertain"}',
            b' [ {"sensor_id":"b","ts":1767323045.5,"value":null} , {"sensor_id":"a/x","ts":7,"value":-0.5} ] ',
            b'{"sensor_id":"b","ts":1767323045000,"value":1,"quality":"bad"}\n\n{"sensor_id":"c","ts":1,"value":3}\n',
        )
    )
    columns = decoded.columns
    assert decoded.refused == []
    assert [index.names[row] for row in columns.row] == ["a/x", "b", "a/x", "b", "c"]
    assert columns.record.tolist() == [0, 1, 1, 2, 2]
    assert columns.index.tolist() == [0, 0, 1, 0, 1]
    assert columns.offset.tolist() == [10, 11, 11, 12, 12]
    assert columns.ts_us.tolist() == [
        1_767_323_045_000_000,
        1_767_323_045_500_000,
        7_000_000,
        1_767_323_045_000_000,
        10**6,
    ]
    np.testing.assert_array_equal(columns.value, [2.0, np.nan, -0.5, np.nan, 3.0])
    assert columns.seq.tolist() == [5, -1, -1, -1, -1]
    assert columns.quality.tolist() == [1, 0, 0, 2, 0]
    assert index.asset_id == ["a", "b", "c"]


def test_nothing_in_nothing_out() -> None:
    decoder = ReadingDecoder(SensorIndex())
    assert len(decoder.decode(_records()).columns) == 0
    empty_array = decoder.decode(_records(b"[]", b" [ ] "))
    assert len(empty_array.columns) == 0
    assert empty_array.refused == []


def test_unknown_fields_are_ignored_and_counted() -> None:
    extra = b'{"sensor_id":"a","ts":1,"value":1,"site":"x","tags":{"a":[1,{"b":null}]},"ok":true,"n":-1.5e3}'
    odd = b'{"sensor_id":"a","ts":1,"value":1,"site":"\\ud83d\\ude00","nan":NaN}'
    assert ReadingDecoder(SensorIndex()).decode(_records(extra, odd)).unknown_fields == 6


def test_the_meta_of_each_reading_is_its_own() -> None:
    index = SensorIndex()
    decoder = ReadingDecoder(index)
    head = b'{"sensor_id":"p/t","ts":1,"value":1'
    values = [
        head + b"}",
        head + b',"unit":"\\u00b0C"}',
        head + b',"unit":"\xc2\xb0C","sensor_type":""}',
        head + b',"unit":null,"asset_id":"q"}',
        head + b',"unit":"\xc2\xb0C"}',
    ]
    expected = [
        SensorMeta("p", None, None),
        SensorMeta("p", None, "°C"),
        SensorMeta("p", "", "°C"),
        SensorMeta("q", None, None),
        SensorMeta("p", None, "°C"),
    ]
    for _ in range(2):
        columns = decoder.decode(_records(*values)).columns
        assert [index.metas[meta] for meta in columns.meta] == expected
    assert len(index) == 1
    assert len(index.metas) == 4


def test_the_future_is_measured_from_the_message() -> None:
    reading = b'{"sensor_id":"a","ts":1767323045,"value":1}'
    decoder = ReadingDecoder(SensorIndex(), max_future_s=10)
    late_enough, too_early, unknown = 1_767_323_035_000, 1_767_323_034_999, -1
    records = RecordColumns.of(
        "t", 0, [(i, at, None, reading) for i, at in enumerate((late_enough, too_early, unknown))]
    )
    decoded = decoder.decode(records)
    assert decoded.columns.record.tolist() == [0, 2]
    assert [refusal.reason for refusal in decoded.refused] == ["future_time"]


def test_bytes_behind_a_message_belong_to_the_next_one() -> None:
    whole = b'{"sensor_id":"a","ts":12345,"value":67890}'
    index = SensorIndex()
    decoder = ReadingDecoder(index)
    for cut in range(1, len(whole)):
        decoded = decoder.decode(_records(whole[:cut], whole[cut:], whole))
        assert len(decoded.columns) == 1
        assert [refusal.record for refusal in decoded.refused] == [0, 1]


def test_the_input_is_not_changed() -> None:
    records = _records(b'{"sensor_id":"a","ts":1,"value":1}', b"broken")
    before = records.buffer.copy()
    ReadingDecoder(SensorIndex()).decode(records)
    np.testing.assert_array_equal(records.buffer, before)
