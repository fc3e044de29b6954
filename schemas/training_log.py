"""The internal log that the retraining policy folds: drift, trainings begun, and trainings ended, in one order."""

import msgspec

KEY = b"training"
"""Of all records: one partition, so that one order holds for all models."""


class Wanted(msgspec.Struct, frozen=True, tag=True):
    """Drift that suggests to train a model again; `settling_rows` are needed before any teach the model."""

    training_id: str
    model: str
    cause: str
    ts_us: int
    changed_us: int
    rows: int
    settling_rows: int = 0


class Begun(msgspec.Struct, frozen=True, tag=True):
    """A worker wants to begin an attempt; `token` is of this life of the worker."""

    training_id: str
    attempt: int
    worker: str
    token: str


class Ended(msgspec.Struct, frozen=True, tag=True):
    """An attempt ended: `result` is the JSON line of a training that succeeded, else None; exit code None: killed."""

    training_id: str
    attempt: int
    seconds: float
    result: str | None = None
    exit_code: int | None = None
    timed_out: bool = False
    detail: str = ""


LogRecord = Wanted | Begun | Ended

_DECODER = msgspec.json.Decoder(LogRecord)


def encode_record(record: LogRecord) -> bytes:
    """Return a record as JSON."""
    return msgspec.json.encode(record)


def decode_record(value: bytes) -> LogRecord:
    """Return what `encode_record` encoded; msgspec.DecodeError on other bytes."""
    record: LogRecord = _DECODER.decode(value)
    return record
