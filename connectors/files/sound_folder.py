"""Folders of microphone clips: MIMII's layout, names as DCASE gives them, or a CSV file that lists the clips.

Sources: Purohit, H. et al. (2019), MIMII dataset, DCASE Workshop (`…/fan/id_00/normal/00000000.wav`); Koizumi, Y. et
al. (2020), DCASE 2020 challenge task 2 (`normal_id_00_00000000.wav`, `anomaly_id_…`).
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import BadDataError
from schemas.times import parse_time

_MACHINE = re.compile(r"id_\d+")
_STATES = ("normal", "abnormal")
_DCASE_NAME = re.compile(
    r"(?:(?P<kind>[A-Za-z]+)_)?(?:(?:normal|anomalous|abnormal)_)?(?P<state>normal|anomaly|abnormal)_(?P<machine>id_\d+)_"
)
_FILE_COLUMNS = ("file", "filename", "file_name", "path", "wav")
_MICROPHONE_COLUMNS = ("microphone_id", "microphone", "sensor_id", "machine_id")
_TYPE_COLUMNS = ("sensor_type", "machine_type", "type")


@dataclass(frozen=True, slots=True)
class SoundFile:
    """One clip of a microphone; `ts_us` None: it begins where the one before it ended; `is_normal` None: not told."""

    path: Path
    microphone_id: str
    asset_id: str
    sensor_type: str | None = None
    ts_us: int | None = None
    is_normal: bool | None = None


def find_sound(folder: Path) -> list[SoundFile] | None:
    """Return the clips in a folder, each microphone's in order; None where it is no folder of microphone clips.

    Normal clips come before abnormal ones where the layout tells them apart. Raises BadDataError where a CSV file
    lists clips that are not there, or times that are none.
    """
    if not folder.is_dir():
        return None
    waves = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".wav" and path.is_file())
    if not waves:
        return None
    listed = next((found for path in sorted(folder.glob("*.csv")) if (found := _listed(path))), None)
    return listed or _of_mimii(folder, waves) or _of_dcase(waves)


def by_microphone(files: list[SoundFile]) -> dict[str, list[SoundFile]]:
    """Return the clips of each microphone in their order."""
    found: defaultdict[str, list[SoundFile]] = defaultdict(list)
    for file in files:
        found[file.microphone_id].append(file)
    return dict(found)


def _of_mimii(folder: Path, waves: list[Path]) -> list[SoundFile] | None:
    found: list[tuple[str, str, int, SoundFile]] = []
    for path in waves:
        *above, machine, state = path.resolve().parent.parts
        if not _MACHINE.fullmatch(machine) or state not in _STATES:
            return None
        # The folder above the machine names its kind, unless it is the one that was asked for.
        kind = above[-1] if above else "machine"
        asset_id = f"{kind}_{machine}"
        file = SoundFile(path, f"{asset_id}/microphone", asset_id, kind, is_normal=state == _STATES[0])
        found.append((asset_id, path.name, _STATES.index(state), file))
    return [file for *_, file in sorted(found, key=lambda each: (each[0], each[2], each[1]))]


def _of_dcase(waves: list[Path]) -> list[SoundFile] | None:
    told = [_DCASE_NAME.search(path.name) for path in waves]
    if not any(told):
        return None
    found: list[SoundFile] = []
    for path, name in zip(waves, told, strict=True):
        # Whatever else lies there is a machine of its own.
        kind = (name["kind"] or "machine") if name else None
        asset_id = f"{kind}_{name['machine']}" if name else path.stem
        is_normal = name["state"] == "normal" if name else None
        found.append(SoundFile(path, f"{asset_id}/microphone", asset_id, kind, is_normal=is_normal))
    return sorted(found, key=lambda file: (file.asset_id, file.is_normal is False, file.path.name))


def _listed(table: Path) -> list[SoundFile] | None:
    """Return the clips that a CSV file lists; None where it lists none."""
    return list(_rows(table)) or None


def _rows(table: Path) -> Iterator[SoundFile]:
    try:
        with table.open(newline="", encoding="utf-8-sig") as lines:
            rows = csv.DictReader(lines)
            column = _first(_FILE_COLUMNS, rows.fieldnames or ())
            if column is None:
                return
            name_of, kind_of = (_first(names, rows.fieldnames or ()) for names in (_MICROPHONE_COLUMNS, _TYPE_COLUMNS))
            for row in rows:
                path = table.parent / row[column]
                if path.suffix.lower() != ".wav":
                    return
                if not path.is_file():
                    raise BadDataError(f"{table} lists {row[column]}, which is not there; restore it, or the line.")
                microphone_id = (row[name_of] if name_of else "") or f"{table.resolve().parent.name}/microphone"
                asset_id = row.get("asset_id") or microphone_id.split("/")[0]
                yield SoundFile(
                    path, microphone_id, asset_id, (row[kind_of] if kind_of else "") or None, _time(table, row)
                )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadDataError(f"{table} is no readable list of clips ({error}); repair the file.") from None


def _time(table: Path, row: dict[str, str]) -> int | None:
    text = row.get("ts")
    if not text:
        return None
    try:
        return parse_time(float(text) if text.replace(".", "", 1).isdecimal() else text)
    except ValueError as error:
        raise BadDataError(f"{table} tells a time that is none: {error}; repair the line.") from None


def _first(names: tuple[str, ...], columns: Iterable[str]) -> str | None:
    there = set(columns)
    return next((name for name in names if name in there), None)
