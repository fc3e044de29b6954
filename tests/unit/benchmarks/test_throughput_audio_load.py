"""The backlog of sound of a throughput run, and the loop that it is compared with."""

import numpy as np

from benchmarks.throughput.audio_load import AudioLoad
from benchmarks.throughput.librosa_loop import clip_features
from schemas.audio_message import read_audio


def test_every_microphone_gets_its_frames_in_order() -> None:
    load = AudioLoad(200_000, sensors=3, per_message=1_600)
    frames = [(key, read_audio(value), samples) for key, value, samples in load.messages()]
    assert load.total == sum(samples for _, _, samples in frames) >= 200_000
    for name in {frame.microphone_id for _, frame, _ in frames}:
        of_one = [frame for _, frame, _ in frames if frame.microphone_id == name]
        assert [frame.seq for frame in of_one] == list(range(load.ticks))
        assert np.diff([frame.ts_us for frame in of_one]).tolist() == [100_000] * (load.ticks - 1)
    assert all(key.decode() == frame.asset_id for key, frame, _ in frames)
    assert list(load.messages()) == list(load.messages())


def test_a_few_machines_whistle_for_a_while() -> None:
    load = AudioLoad(30 * 160_000 * 40, sensors=40, per_message=160_000, seed=3)
    frames = (read_audio(value) for _, value, _ in load.messages())
    loud = {(frame.microphone_id, frame.seq * 10) for frame in frames if frame.samples.std() > 0.1}
    assert {second for _, second in loud} == {270, 280, 290}
    assert 1 <= len({name for name, _ in loud}) <= 6


def test_the_rival_makes_features_of_a_clip() -> None:
    sound = np.random.default_rng(0).normal(size=160_000).astype(np.float32)
    assert np.isfinite(clip_features(sound)).all()
