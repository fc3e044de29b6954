"""Simulated microphones publish frames that decode, on time, and tell the truth."""

import io
import json

import numpy as np

from models.simulation.sound.microphone import SimulatedMicrophone
from models.simulation.sound.parts import RATE_HZ
from schemas.audio_message import read_audio
from schemas.times import parse_time
from stream_app.publishing.simulation_run import Clock
from stream_app.publishing.sound_messages import FRAME_S
from stream_app.publishing.sound_run import SoundRun

START_US = 1_767_323_045_000_000


def test_frames_are_the_machines_sound_and_the_truth_names_their_faults() -> None:
    sent: list[tuple[str, bytes, bytes]] = []
    truth = io.StringIO()
    clock = Clock(lambda: START_US, lambda _: False)
    run = SoundRun(
        4, 1, lambda *message: sent.append(message), clock,
        start_us=START_US, total_s=40.0, live=False, truth=truth,
    )  # fmt: skip
    run.run()
    assert run.frames == len(sent) == 4 * 80
    frames = [read_audio(value) for _, _, value in sent]
    assert {topic for topic, _, _ in sent} == {"pdm.audio.frames.v1"}
    assert [key.decode() for _, key, _ in sent] == [frame.asset_id for frame in frames]
    of_first = [frame for frame in frames if frame.microphone_id == "fan-s001/microphone"]
    sound = SimulatedMicrophone("fan", 1000, end_s=40.0).next(40 * RATE_HZ)[0]
    heard = np.concatenate([frame.samples[:, 0] for frame in of_first])
    assert np.array_equal(np.round(heard * 32_768).astype(np.int16), sound)
    assert np.all(np.diff([frame.ts_us for frame in of_first]) == round(FRAME_S * 1e6))
    assert np.all(np.diff([frame.seq for frame in of_first]) == 1)
    told = [json.loads(line) for line in truth.getvalue().splitlines()]
    assert run.faults == len(told) == 4
    for fault in told:
        assert START_US + 20_000_000 <= parse_time(fault["start_ts"]) < parse_time(fault["end_ts"])
        assert fault["sensor_id"] == f"{fault['asset_id']}/microphone"


def test_a_live_frame_is_sent_when_it_is_over_and_a_stop_ends_the_run() -> None:
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) > 2

    sent: list[tuple[str, bytes, bytes]] = []
    clock = Clock(lambda: START_US, wait)
    SoundRun(
        1, 1, lambda *message: sent.append(message), clock, start_us=START_US, total_s=None, live=True, faulty=False
    ).run()
    assert waits == [FRAME_S, 2 * FRAME_S, 3 * FRAME_S]
    assert len(sent) == 2
