"""The readings of a chaos run: a seeded fleet with faults and silence, repeats, overtaken and malformed readings."""

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

SENSORS_PER_ASSET = 4
FAULT_SHARE = 0.0008
SILENCE_SHARE = 0.0005
RECENT_MESSAGES = 64


@dataclass(slots=True)
class _Sensor:
    """A series under way: `fault_left` readings remain of a fault that shifts the value, `silent` ones are not sent."""

    number: int
    sensor_id: str
    asset_id: str
    ts_us: int
    level: float
    noise: float = 0.0
    seq: int = 0
    fault_left: int = 0
    silent: int = 0
    held_back: list[bytes] = field(default_factory=list)


class ChaosLoad:
    """Endless `(key, value)` messages, the same for the same arguments; `start_us` is the first event time."""

    def __init__(self, sensors: int, seed: int, start_us: int) -> None:
        self._random = random.Random(seed)
        self._start_us = start_us
        self._sensors = [self._new_sensor(i) for i in range(sensors)]
        self._recent: deque[tuple[bytes, bytes]] = deque(maxlen=RECENT_MESSAGES)

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        while True:
            message = self._next()
            self._recent.append(message)
            yield message

    def _next(self) -> tuple[bytes, bytes]:
        draw = self._random.random()
        sensor = self._speaking()
        key = sensor.asset_id.encode()
        if draw < 0.965:
            return key, self._reading(sensor)
        if draw < 0.975:
            return key, b"[" + b",".join(self._of_asset(sensor)) + b"]"
        if draw < 0.980:
            return key, b"\n".join(self._of_asset(sensor))
        if draw < 0.987 and self._recent:
            return self._random.choice(self._recent)
        if draw < 0.997:
            return key, self._overtaken(sensor)
        if draw < 0.9998:
            return key, self._malformed(sensor)
        self._sensors.append(self._new_sensor(len(self._sensors)))
        return self._sensors[-1].asset_id.encode(), self._reading(self._sensors[-1])

    def _speaking(self) -> _Sensor:
        """A sensor that sends; those that would have been next but are silent miss a reading."""
        while True:
            sensor = self._sensors[int(self._random.random() * len(self._sensors))]
            if not sensor.silent:
                return sensor
            sensor.silent -= 1
            sensor.ts_us += 1_000_000
            sensor.seq += 1

    def _new_sensor(self, i: int) -> _Sensor:
        asset = f"rig-{i // SENSORS_PER_ASSET:04d}"
        return _Sensor(i, f"{asset}/s{i % SENSORS_PER_ASSET}", asset, self._start_us, self._random.uniform(5, 90))

    def _of_asset(self, sensor: _Sensor) -> list[bytes]:
        """2 to 8 readings of the sensor's asset, now and then with a malformed one among them."""
        first = sensor.number - sensor.number % SENSORS_PER_ASSET
        members = [member for member in self._sensors[first : first + SENSORS_PER_ASSET] if not member.silent]
        readings = [self._reading(self._random.choice(members)) for _ in range(self._random.randint(2, 8))]
        if self._random.random() < 0.1:
            place = self._random.randrange(len(readings))
            readings[place] = b'{"sensor_id":"%b","value":1}' % sensor.sensor_id.encode()
        return readings

    def _reading(self, sensor: _Sensor) -> bytes:
        """The sensor's next reading, one event second after its last."""
        draw = self._random
        sensor.ts_us += 1_000_000
        sensor.seq += 1
        sensor.noise = 0.8 * sensor.noise + draw.gauss(0, 0.01)
        if sensor.fault_left:
            sensor.fault_left -= 1
        elif draw.random() < FAULT_SHARE:
            sensor.fault_left = draw.randint(10, 60)
        elif draw.random() < SILENCE_SHARE:
            # Now and then for good.
            sensor.silent = draw.choice((60, 90, 120, 150, 1_000_000))
        value = sensor.level * (1 + sensor.noise + (0.9 if sensor.fault_left else 0.0))
        text = "null" if draw.random() < 0.003 else f"{value:.4f}"
        return (
            f'{{"sensor_id":"{sensor.sensor_id}","ts":{sensor.ts_us},"value":{text},'
            f'"asset_id":"{sensor.asset_id}","unit":"C","seq":{sensor.seq}}}'
        ).encode()

    def _overtaken(self, sensor: _Sensor) -> bytes:
        """Hold a reading back behind its successors, or send one that was held back; some are too late by then."""
        if sensor.held_back and self._random.random() < 0.7:
            return sensor.held_back.pop(0)
        sensor.held_back.append(self._reading(sensor))
        return self._reading(sensor)

    def _malformed(self, sensor: _Sensor) -> bytes:
        sensor_id = sensor.sensor_id.encode()
        return self._random.choice(
            (
                b"",
                b"{not json",
                b"[1,2,3]",
                b'{"sensor_id":"%b","ts":"yesterday","value":1}' % sensor_id,
                b'{"sensor_id":"%b","ts":%d,"value":"high"}' % (sensor_id, sensor.ts_us),
                b'{"sensor_id":"%b","ts":4102444800,"value":1}' % sensor_id,
                b'{"sensor_id":"\xff\xfe","ts":1,"value":1}',
            )
        )
