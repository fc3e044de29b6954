"""Files cut into what each partition gets of them, block by block, in their order."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from aiokafka.partitioner import murmur2

from connectors.files.file_readings import FileReadings, FileSensor
from connectors.files.open_file import read_table
from schemas.topics import READINGS
from stream_app.publishing.messages import Messages
from stream_app.publishing.sources import Source
from stream_app.scoring.parts import FileBlock, MessagePart, Part, TablePart


def route(sources: Sequence[Source], partition_count: int) -> Iterator[FileBlock]:
    """Yield the blocks of the sources; raises BadDataError where a file cannot be read."""
    for file, source in enumerate(sources):
        if source.is_table:
            table = TableRoute(file, partition_count)
            for readings in read_table(source.path, source.name, source.told):
                yield FileBlock(len(readings), table.parts(readings))
        else:
            for messages in source.messages(0):
                yield FileBlock(messages.units, message_parts(messages, partition_count))


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition that Kafka's own producers choose for a key."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


def message_parts(messages: Messages, partition_count: int) -> list[Part]:
    """Return messages by partition."""
    found: dict[int, MessagePart] = {}
    of_key: dict[bytes, MessagePart] = {}
    for key, value in zip(messages.keys, messages.values, strict=True):
        if (part := of_key.get(key)) is None:
            number = partition_of(key, partition_count)
            part = of_key[key] = found.setdefault(number, MessagePart(messages.topic, number, [], []))
        part.keys.append(key)
        part.values.append(value)
    return [part for _, part in sorted(found.items())]


class TableRoute:
    """Cuts the blocks of table number `file`."""

    def __init__(self, file: int, partition_count: int) -> None:
        self._file, self._count = file, partition_count
        # By sensor of the file: its partition, and the how-manieth it is there.
        self._partition, self._place = (np.zeros(0, np.int32) for _ in range(2))
        self._known = [0] * partition_count
        self._new: defaultdict[int, list[FileSensor]] = defaultdict(list)

    def parts(self, readings: FileReadings) -> list[Part]:
        """Return what the partitions get of the next block of the file."""
        self._introduce(readings.sensors)
        # Numbers of two bytes are sorted by their digits, four times as fast.
        partition = self._partition.astype(np.uint16)[readings.sensor]
        order = np.argsort(partition, kind="stable")
        ends = np.cumsum(np.bincount(partition, minlength=self._count))
        return [
            TablePart(
                READINGS,
                number,
                self._file,
                self._new.pop(number, []),
                self._place[readings.sensor[part]],
                readings.ts_us[part],
                readings.value[part],
            )
            for number, part in enumerate(np.split(order, ends[:-1]))
            if len(part)
        ]

    def _introduce(self, sensors: list[FileSensor]) -> None:
        """Find the partitions of sensors that are new."""
        places: list[tuple[int, int]] = []
        for sensor in sensors[len(self._partition) :]:
            number = partition_of(sensor.key.encode(), self._count)
            places.append((number, self._known[number]))
            self._known[number] += 1
            self._new[number].append(sensor)
        if places:
            added = np.array(places, np.int32).T
            self._partition = np.concatenate([self._partition, added[0]])
            self._place = np.concatenate([self._place, added[1]])
