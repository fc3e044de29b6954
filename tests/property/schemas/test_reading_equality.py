"""The law of the readings lane: kernel, plain Python and public model say the same about any bytes."""

from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.reading import Reading
from schemas.reading_decoder import ReadingDecoder
from schemas.reading_message import DecodedReading, read_message
from schemas.records import RecordColumns
from schemas.refusal import RefusedError
from schemas.sensor_index import SensorIndex
from tests.property.schemas import told
from tests.property.schemas.message_fuzz import message, messages

# So late that no time is in the future.
NOW_MS = 4_000_000_000_000_000
USUAL = (
    b'{"sensor_id":"pump-1/temp","ts":"2026-01-02T03:04:05.678901+01:00","value":20.123456789012345,"unit":"\xc2\xb0C"}',
    b'[{"sensor_id":"a","ts":1767323045.1234567,"value":-1.5e-3,"seq":7,"quality":"bad","tags":{"x":[1,null]}}]',
    b'{"value":1,"ts":1,"sensor_id":"a\\u00e4"}\n{"value":null,"ts":1767323045000,"sensor_id":"b","asset_id":""}\n',
)


def _records(batch: list[bytes]) -> RecordColumns:
    return RecordColumns.of("t", 0, [(i, NOW_MS, None, value) for i, value in enumerate(batch)])


def _check(batch: list[bytes], warm: bool) -> None:
    index = SensorIndex()
    decoder = ReadingDecoder(index, max_future_s=1e12)
    records = _records(batch)
    if warm:
        decoder.decode(records)
    decoded = decoder.decode(records)
    for i, value in enumerate(batch):
        assert told.of_record(decoded, index, i) == told.of_message(value), value
    order = list(zip(decoded.columns.record.tolist(), decoded.columns.index.tolist(), strict=True))
    assert order == sorted(order)


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_decoder_and_plain_python_agree_on_messages_of_all_kinds(seed: int, warm: bool) -> None:
    _check(list(messages(seed, 25)), warm)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(USUAL), st.lists(st.tuples(st.integers(0, 150), st.binary(max_size=2)), min_size=1, max_size=4))
def test_decoder_and_plain_python_agree_on_damaged_bytes(usual: bytes, damages: list[tuple[int, bytes]]) -> None:
    damaged = bytearray(usual)
    for at, instead in damages:
        damaged[at : at + 1] = instead
    _check([usual, bytes(damaged), usual], warm=True)


def test_the_kernel_answers_most_undamaged_messages() -> None:
    usual = [value for value in messages(1, 1500) if all(len(said) > 1 for said in told.of_message(value).values())]
    decoder = ReadingDecoder(SensorIndex(), max_future_s=1e12)
    left = decoder._decode_fast(_records(usual))[1]
    assert len(usual) > 400
    assert len(left) < 0.45 * len(usual)


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_public_model_agrees_with_plain_python(seed: int) -> None:
    random = Random(seed)
    for _ in range(25):
        try:
            elements = read_message(message(random))
        except RefusedError:
            continue
        for _, raw, outcome in elements:
            try:
                public: DecodedReading | None = Reading.model_validate_json(raw).decoded()
            except ValidationError:
                public = None
            if isinstance(outcome, RefusedError):
                assert public is None, (raw, outcome)
            else:
                assert public is not None, raw
                assert told.of_reading(public) == told.of_reading(outcome), raw


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 30), max_size=3))
def test_batches_cut_anywhere_tell_the_same(seed: int, cuts: list[int]) -> None:
    batch = list(messages(seed, 30))
    whole_index, cut_index = SensorIndex(), SensorIndex()
    whole = ReadingDecoder(whole_index, max_future_s=1e12).decode(_records(batch))
    cut_decoder = ReadingDecoder(cut_index, max_future_s=1e12)
    bounds = sorted({0, 30, *cuts})
    for start, stop in pairwise(bounds):
        piece = cut_decoder.decode(_records(batch[start:stop]))
        for i in range(stop - start):
            assert told.of_record(piece, cut_index, i) == told.of_record(whole, whole_index, start + i)
