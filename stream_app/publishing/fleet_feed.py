"""Turns rows of a simulated fleet into messages."""

from collections.abc import Callable
from itertools import repeat

from models.simulation.disorder import Disorder
from models.simulation.fleet import Fleet, FleetRows
from stream_app.publishing.reading_json import (
    join_readings,
    sensor_head,
    seq_tails,
    time_texts,
    value_texts,
)

Send = Callable[[bytes, bytes], None]


class FleetFeed:
    """Sends `(key, value)` for the readings of a fleet, `per_message` readings of an asset in one."""

    def __init__(self, fleet: Fleet, send: Send, *, seed: int = 0, per_message: int = 1) -> None:
        layout, scenario = fleet.layout, fleet.scenario
        self._groups = fleet.groups
        self._send = send
        self._per_message = per_message
        self._heads = [
            sensor_head(*names)
            for names in zip(layout.sensor_id, layout.asset_id, layout.sensor_type, layout.unit, strict=True)
        ]
        self._keys = [asset.encode() for asset in layout.asset_id]
        self._waiting: dict[bytes, list[bytes]] = {}
        self._disorder = Disorder(scenario.duplicated, scenario.swapped, seed)
        self._overtaken: list[list[tuple[bytes, bytes]]] = [[] for _ in fleet.groups]
        self.readings = 0
        self.messages = 0

    @property
    def one_row_at_a_time(self) -> bool:
        """Whether `publish` wants rows of one tick only, because readings are disturbed on the way."""
        return self._disorder.active

    def publish(self, rows: FleetRows, group: int) -> None:
        """Send the readings of one group of sensors, tick by tick."""
        members = self._groups[group]
        ticks, width = len(rows.seq), members.stop - members.start
        values = value_texts(rows.values[:, members].ravel())
        times = [text for text in time_texts(rows.ts_us[:, group]) for _ in repeat(None, width)]
        tails = [tail for tail in seq_tails(rows.seq) for _ in repeat(None, width)]
        readings = join_readings(self._heads[members] * ticks, times, values, tails)
        keys = self._keys[members] * ticks
        if self._disorder.active:
            keys, readings = self._disturb(keys, readings, int(rows.seq[0]), group)
        self.readings += len(readings)
        if self._per_message == 1:
            send = self._send
            for key, reading in zip(keys, readings, strict=True):
                send(key, reading)
            self.messages += len(readings)
        else:
            self._gather(keys, readings)

    def finish(self) -> None:
        """Send what still waits for a message to fill up."""
        for key, waiting in self._waiting.items():
            if waiting:
                self._send_array(key, waiting)
        self._waiting.clear()

    def _gather(self, keys: list[bytes], readings: list[bytes]) -> None:
        for key, reading in zip(keys, readings, strict=True):
            waiting = self._waiting.setdefault(key, [])
            waiting.append(reading)
            if len(waiting) == self._per_message:
                self._send_array(key, waiting)
                waiting.clear()

    def _send_array(self, key: bytes, readings: list[bytes]) -> None:
        self._send(key, b"[" + b",".join(readings) + b"]")
        self.messages += 1

    def _disturb(
        self, keys: list[bytes], readings: list[bytes], tick: int, group: int
    ) -> tuple[list[bytes], list[bytes]]:
        twice, overtaken = self._disorder.of(tick, self._groups[group])
        pairs = list(zip(keys, readings, strict=True))
        sent = [pair for pair, late in zip(pairs, overtaken, strict=True) if not late]
        sent += [pair for pair, again in zip(pairs, twice, strict=True) if again]
        sent += self._overtaken[group]
        self._overtaken[group] = [pair for pair, late in zip(pairs, overtaken, strict=True) if late]
        return [key for key, _ in sent], [reading for _, reading in sent]
