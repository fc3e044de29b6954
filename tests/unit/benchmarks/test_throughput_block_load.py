"""The backlog of waveform blocks of a throughput run."""

from benchmarks.throughput.block_load import BLOCK_SAMPLES, BlockLoad
from schemas.signal_message import read_signal


def test_every_sensor_gets_its_blocks_in_order() -> None:
    load = BlockLoad(50_000, sensors=6)
    blocks = [(key, read_signal(value), samples) for key, value, samples in load.messages()]
    assert len(blocks) * BLOCK_SAMPLES == load.total == sum(samples for _, _, samples in blocks) >= 50_000
    for name in {block.sensor_id for _, block, _ in blocks}:
        of_sensor = [block for _, block, _ in blocks if block.sensor_id == name]
        assert [block.seq for block in of_sensor] == list(range(load.ticks))
        assert [block.ts_us for block in of_sensor] == sorted({block.ts_us for block in of_sensor})
    assert all(key.decode() == block.asset_id for key, block, _ in blocks)
    assert all(len(block.samples) == BLOCK_SAMPLES for _, block, _ in blocks)


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, again = (list(BlockLoad(20_000, sensors=3).messages()) for _ in range(2))
    assert first == again


def test_a_faulty_sensor_rings_louder() -> None:
    blocks = [read_signal(value) for _, value, _ in BlockLoad(100 * 60 * BLOCK_SAMPLES, sensors=100).messages()]
    early = {b.sensor_id: b.samples.std() for b in blocks if b.seq == 10}
    late = {b.sensor_id: b.samples.std() for b in blocks if b.seq == 55}
    louder = [name for name in early if late[name] > 1.2 * early[name]]
    assert 1 <= len(louder) <= 10
