"""What columns mean: told, guessed, or refused."""

import pytest

from connectors.files.column_map import ColumnMap, LongShape, WideShape, shape_of
from schemas.errors import BadDataError, UsageError


def test_a_map_is_parsed() -> None:
    told = ColumnMap.parse("ts=When, value=Wert ,sensor_id=Tag")
    assert told == ColumnMap(ts="When", value="Wert", sensor_id="Tag")
    assert ColumnMap.parse("") == ColumnMap()


@pytest.mark.parametrize("text", ["ts", "ts=", "=x", "colour=red", "ts=a,ts=b"])
def test_an_unusable_map_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError, match="--map part"):
        ColumnMap.parse(text)


def test_nab_is_one_sensor() -> None:
    shape = shape_of("f", ["timestamp", "value"], {"value"}, ColumnMap())
    assert shape == LongShape("timestamp", "value", None, None, None, None)


def test_a_sensor_column_makes_many_sensors() -> None:
    shape = shape_of("f", ["Time", "Tag", "Value"], {"Value"}, ColumnMap())
    assert shape == LongShape("Time", "Value", "Tag", None, None, None)


def test_asset_and_type_are_found_by_the_names_that_messages_have() -> None:
    columns = ["ts", "sensor_id", "value", "asset_id", "sensor_type"]
    assert shape_of("f", columns, {"value"}, ColumnMap()) == LongShape(
        "ts", "value", "sensor_id", "asset_id", "sensor_type", None
    )


def test_skab_is_wide_and_labels_are_no_sensors() -> None:
    columns = ["datetime", "Current", "Pressure", "anomaly", "changepoint"]
    shape = shape_of("f", columns, set(columns[1:]), ColumnMap())
    assert shape == WideShape("datetime", ("Current", "Pressure"))
    assert shape.readings_per_row == 2


def test_a_map_wins_over_guesses() -> None:
    shape = shape_of("f", ["timestamp", "value", "other"], {"value", "other"}, ColumnMap(value="other"))
    assert isinstance(shape, LongShape)
    assert shape.value == "other"


def test_what_cannot_be_told_is_said_with_the_remedy() -> None:
    with pytest.raises(UsageError, match="no column 'x'"):
        shape_of("f", ["ts", "value"], {"value"}, ColumnMap(value="x"))
    with pytest.raises(BadDataError, match=r"time.*--map ts=COL"):
        shape_of("f", ["a", "b"], {"a", "b"}, ColumnMap())
    with pytest.raises(BadDataError, match="--map value=COL"):
        shape_of("f", ["ts", "sensor", "amount"], {"amount"}, ColumnMap())
    with pytest.raises(BadDataError, match="no numeric column"):
        shape_of("f", ["ts", "note"], set(), ColumnMap())
