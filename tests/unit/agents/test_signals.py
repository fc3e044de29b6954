"""What the signals lane publishes of features, and of whom it says that they are in two places."""

import pytest

from agents.options import SAMPLED_EVERY, Publish, SignalsOptions
from agents.signals import SignalsPartition
from agents.state_keys import sensor_in_lane
from models.blocks.block_view import describe_blocks
from schemas.feature_block import decode_feature_block
from schemas.topics import FEATURES, SIGNALS
from tests.property.agents.waveforms import START_US, columns, stream


@pytest.mark.parametrize(("publish", "every"), [("all", 1), ("sampled", SAMPLED_EVERY), ("none", 0)])
def test_rows_are_published_as_told(publish: Publish, every: int) -> None:
    partition = SignalsPartition(SIGNALS, 2, SignalsOptions(publish_features=publish))
    outputs = [output for output in partition.apply(columns(stream(3))).outputs if output.topic == FEATURES]
    rows = [decode_feature_block(output.value) for output in outputs]
    numbers = [(int(row.start_ts_us[0]) - START_US) // 1_000_000 for row in rows if row.sensor_ids == ["m2/v"]]
    assert numbers == (list(range(0, 34, every)) if every else [])
    for output, row in zip(outputs, rows, strict=True):
        assert output.key == row.asset_id.encode()
        assert output.position[0] == row.source.first_offset == row.source.last_offset


def test_a_sensor_in_two_partitions_is_counted_once_in_the_second() -> None:
    homes: dict[str, int] = {}
    first = SignalsPartition(SIGNALS, 1, homes=homes).apply(columns(stream(3)))
    second = SignalsPartition(SIGNALS, 2, homes=homes).apply(columns(stream(3)))
    assert (first.in_two_partitions, second.in_two_partitions) == (0, 3)


def test_a_person_sees_what_is_kept() -> None:
    partition = SignalsPartition(SIGNALS, 2)
    partition.apply(columns(stream(3)))
    views = {sensor_in_lane(key): describe_blocks(packed) for key, packed in partition.changes() if sensor_in_lane(key)}
    assert set(views) == {("signals", f"m{n}/v") for n in range(3)}
    view = views["signals", "m2/v"]
    assert (view["blocks"], view["is_learned"], view["open"], view["health"]) == (34, True, [], "ok")
    assert view["last_ts_us"] > START_US


def test_counts() -> None:
    partition = SignalsPartition(SIGNALS, 2)
    applied = partition.apply(columns(stream(3)))
    assert (applied.late, applied.duplicates) == (1, 1)
    assert applied.refused == {"not_msgpack": 1, "bad_time": 1}
    assert partition.sensors == 3
    assert partition.state_bytes < 3 * 24_000
