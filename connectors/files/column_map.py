"""Which column of a file means what: told by the user, or guessed from the names."""

from dataclasses import dataclass, fields

from schemas.errors import BadDataError, UsageError

TIME_NAMES = ("ts", "timestamp", "datetime", "date_time", "time", "date")
VALUE_NAMES = ("value", "reading", "val")
SENSOR_NAMES = ("sensor_id", "sensor", "tag", "tag_name", "series")
# Labels that public data sets carry beside the measurements: never a sensor of a wide file.
LABEL_NAMES = frozenset({"anomaly", "changepoint", "label", "is_anomaly", "seq", "quality", "index", ""})


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Column names by meaning; None = to be guessed, or not there."""

    ts: str | None = None
    value: str | None = None
    sensor_id: str | None = None
    asset_id: str | None = None
    sensor_type: str | None = None
    unit: str | None = None

    @classmethod
    def parse(cls, text: str) -> "ColumnMap":
        """Return the map written as `ts=COL,value=COL`; raises UsageError for what it cannot use."""
        meanings = [field.name for field in fields(cls)]
        found: dict[str, str] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            meaning, equals, column = part.partition("=")
            meaning, column = meaning.strip(), column.strip()
            if not equals or not column or meaning not in meanings or meaning in found:
                known = ", ".join(meanings)
                raise UsageError(f"--map part {part!r} is not usable; write MEANING=COLUMN, each once, of {known}.")
            found[meaning] = column
        return cls(**found)


@dataclass(frozen=True, slots=True)
class LongShape:
    """One reading a row; without `sensor_id` the whole file is one sensor."""

    ts: str
    value: str
    sensor_id: str | None
    asset_id: str | None
    sensor_type: str | None
    unit: str | None

    @property
    def readings_per_row(self) -> int:
        """How many readings a row holds."""
        return 1

    @property
    def sensor_columns(self) -> tuple[str | None, ...]:
        """The columns that tell of the sensor: its name, asset, type and unit."""
        return (self.sensor_id, self.asset_id, self.sensor_type, self.unit)

    @property
    def columns(self) -> list[str]:
        """All columns that are read."""
        return list(dict.fromkeys([self.ts, self.value, *filter(None, self.sensor_columns)]))


@dataclass(frozen=True, slots=True)
class WideShape:
    """One moment a row, one column a sensor."""

    ts: str
    values: tuple[str, ...]

    @property
    def readings_per_row(self) -> int:
        """How many readings a row holds."""
        return len(self.values)

    @property
    def sensor_columns(self) -> tuple[str | None, ...]:
        """None: the names of the columns tell all."""
        return ()

    @property
    def columns(self) -> list[str]:
        """All columns that are read."""
        return [self.ts, *self.values]


def shape_of(name: str, columns: list[str], numeric: set[str], told: ColumnMap) -> LongShape | WideShape:
    """Return how file `name` is to be read; raises UsageError or BadDataError when it cannot be told."""
    listed = ", ".join(columns)
    for column in (told.ts, told.value, told.sensor_id, told.asset_id, told.sensor_type, told.unit):
        if column is not None and column not in columns:
            raise UsageError(f"{name} has no column {column!r}; it has {listed}.")
    ts = told.ts or _guess(columns, TIME_NAMES)
    if ts is None:
        raise BadDataError(f"{name} has no column that looks like a time; name one by --map ts=COL of {listed}.")
    sensor_id = told.sensor_id or _guess(columns, SENSOR_NAMES)
    value = told.value or _guess(columns, VALUE_NAMES)
    if value is not None:
        asset_id = told.asset_id or _guess(columns, ("asset_id",))
        sensor_type = told.sensor_type or _guess(columns, ("sensor_type",))
        return LongShape(ts, value, sensor_id, asset_id, sensor_type, told.unit)
    if sensor_id is not None:
        raise BadDataError(f"{name} has no column that looks like a value; name one by --map value=COL of {listed}.")
    values = tuple(c for c in columns if c in numeric and c != ts and c.strip().lower() not in LABEL_NAMES)
    if not values:
        raise BadDataError(f"{name} has no numeric column; name one by --map value=COL of {listed}.")
    return WideShape(ts, values)


def _guess(columns: list[str], names: tuple[str, ...]) -> str | None:
    by_name = {column.strip().lower(): column for column in reversed(columns)}
    return next((by_name[name] for name in names if name in by_name), None)
