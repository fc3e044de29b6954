"""Runs simulated microphones in real time (catching up from a start in the past), or as fast as it goes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from connectors.files.sound_folder import SoundFile
from models.simulation.sound.machines import MACHINES
from models.simulation.sound.microphone import PlannedFault, SimulatedMicrophone
from models.simulation.sound.parts import RATE_HZ
from schemas.times import format_time
from stream_app.publishing.simulation_run import Clock
from stream_app.publishing.sound_messages import FRAME_S, audio_message

Send = Callable[[str, bytes, bytes], None]

_FRAME_SAMPLES = round(FRAME_S * RATE_HZ)


class SoundRun:
    """Publishes `microphones` machines, fans, pumps and valves in turn, for `total_s` seconds (None = endless).

    `faults` and `frames` count what was published; the truth is written as faults start.
    """

    def __init__(
        self,
        microphones: int,
        seed: int,
        send: Send,
        clock: Clock,
        *,
        start_us: int,
        total_s: float | None,
        live: bool,
        faulty: bool = True,
        truth: TextIO | None = None,
    ) -> None:
        self._send, self._clock = send, clock
        self._start_us, self._live, self._truth = start_us, live, truth
        self._frames = None if total_s is None else max(1, round(total_s / FRAME_S))
        kinds = list(MACHINES)
        self._microphones: list[tuple[SoundFile, SimulatedMicrophone]] = []
        for i in range(microphones):
            kind = kinds[i % len(kinds)]
            asset_id = f"{kind}-s{i + 1:03d}"
            name = SoundFile(Path(), f"{asset_id}/microphone", asset_id, kind)
            machine = SimulatedMicrophone(kind, seed * 1000 + i, faulty=faulty, end_s=total_s)
            self._microphones.append((name, machine))
        # The clock gives the first number, so that a second run is not taken for a repetition of the first.
        self._first_seq = int(start_us / (FRAME_S * 1e6))
        self.faults = 0
        self.frames = 0

    def run(self) -> None:
        """Publish until everything is sent or the clock says stop."""
        frame = 0
        while self._frames is None or frame < self._frames:
            ts_us = self._start_us + round(frame * FRAME_S * 1e6)
            # A frame is sent when it is over.
            ahead_s = (ts_us - self._clock.now_us()) / 1e6 + FRAME_S if self._live else 0.0
            if self._clock.wait(max(ahead_s, 0.0)):
                return
            for name, machine in self._microphones:
                samples, started = machine.next(_FRAME_SAMPLES)
                message = audio_message(name, ts_us, RATE_HZ, self._first_seq + frame, samples[:, None])
                self._send(message.topic, message.keys[0], message.values[0])
                self.frames += 1
                for fault in started:
                    self._tell(name, fault)
            frame += 1

    def _tell(self, name: SoundFile, fault: PlannedFault) -> None:
        self.faults += 1
        if self._truth is None:
            return
        line = {
            "asset_id": name.asset_id,
            "sensor_id": name.microphone_id,
            "fault": fault.name,
            "start_ts": format_time(self._start_us + round(fault.start / RATE_HZ * 1e6)),
            "end_ts": format_time(self._start_us + round(fault.end / RATE_HZ * 1e6)),
        }
        self._truth.write(json.dumps(line) + "\n")
        self._truth.flush()
