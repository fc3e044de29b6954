"""The readers by file ending."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.files.column_map import ColumnMap
from connectors.files.file_readings import FileReadings
from schemas.errors import StreamAppError, UnavailableError, UsageError

if TYPE_CHECKING:
    from connectors.files.wav_file import WaveBlock

TABLE_ENDINGS = (".csv", ".csv.gz", ".parquet")
WAVE_ENDING = ".wav"


def find_files(paths: list[Path]) -> list[Path]:
    """Return the files meant by `paths`; a folder stands for all it holds; raises where one is missing."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.is_file() and _is_known(file))
            if not inside:
                raise UnavailableError(f"{path} holds no {_endings()} file; name a folder or file that does.")
            found += inside
        elif not path.exists():
            raise UnavailableError(f"{path} does not exist; check the path.")
        elif not _is_known(path):
            raise UsageError(f"{path} is of no kind that can be read; use {_endings()}.")
        else:
            found.append(path)
    return found


def is_waveform(path: Path) -> bool:
    """Tell whether the file holds waveform blocks instead of readings."""
    return path.name.lower().endswith(WAVE_ENDING)


def read_table(path: Path, name: str, told: ColumnMap) -> Iterator[FileReadings]:
    """Yield the readings of a CSV or Parquet file, chunk by chunk, in its order."""
    try:
        if path.name.lower().endswith(".parquet"):
            from connectors.files.parquet_file import read_parquet as read
        else:
            from connectors.files.csv_file import read_csv as read
    except ModuleNotFoundError as error:
        raise _missing(error, path) from error
    return read(path, name, told)


def read_waveform(path: Path, name: str) -> "Iterator[WaveBlock]":
    """Yield the blocks of a WAV file in its order."""
    try:
        from connectors.files.wav_file import read_wav
    except ModuleNotFoundError as error:
        raise _missing(error, path) from error
    return read_wav(path, name)


def count_units(path: Path, told: ColumnMap) -> int | None:
    """Return about how many readings or samples a file holds, or None where reading it will tell what is wrong."""
    try:
        if is_waveform(path):
            from connectors.files.wav_file import count_samples

            return count_samples(path)
        if path.name.lower().endswith(".parquet"):
            from connectors.files.parquet_file import count_parquet

            return count_parquet(path, told)
        from connectors.files.csv_file import count_csv

        return count_csv(path, told)
    except (StreamAppError, ModuleNotFoundError, OSError, EOFError, ValueError, RuntimeError):
        return None


def _missing(error: ModuleNotFoundError, path: Path) -> UnavailableError:
    return UnavailableError(
        f"Package {error.name} is needed to read {path}; install it by pip install 'stream-app[files]'."
    )


def _is_known(path: Path) -> bool:
    return path.name.lower().endswith((*TABLE_ENDINGS, WAVE_ENDING))


def _endings() -> str:
    return ", ".join((*TABLE_ENDINGS, WAVE_ENDING))
