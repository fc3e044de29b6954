"""What `replay` and `score` read: tables, waveforms, and folders of microphone clips."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from connectors.files.column_map import ColumnMap
from connectors.files.names import names_of
from connectors.files.open_file import count_units, find_files, is_waveform
from connectors.files.sound_folder import SoundFile, find_sound
from stream_app.publishing.messages import Messages, file_messages
from stream_app.publishing.sound_messages import count_sound, sound_messages, sound_us


@dataclass(frozen=True, slots=True)
class Source:
    """One file or one folder of clips: `files` in it, and `units` (readings or samples) if they can be told."""

    path: Path
    name: str
    told: ColumnMap
    sound: list[SoundFile] | None = None

    @property
    def files(self) -> int:
        """How many files it is."""
        return 1 if self.sound is None else len(self.sound)

    @property
    def is_table(self) -> bool:
        """Whether it holds readings in rows."""
        return self.sound is None and not is_waveform(self.path)

    @property
    def units(self) -> int | None:
        """About how many readings or samples it holds, or None where reading it will tell."""
        return count_units(self.path, self.told) if self.sound is None else count_sound(self.sound)

    def start_us(self, now_us: int, speed: float) -> int:
        """Return where sound that knows no time begins: now, or so that nothing of it is sent before its time."""
        return now_us if self.sound is None or speed == 1.0 else now_us - sound_us(self.sound)

    def messages(self, start_us: int) -> Iterator[Messages]:
        """Yield its messages; sound and waveforms that know no time begin at `start_us`."""
        if self.sound is not None:
            return sound_messages(self.sound, start_us)
        return file_messages(self.path, self.name, self.told, wave_start_us=start_us)


def find_sources(paths: list[Path], told: ColumnMap) -> list[Source]:
    """Return the sources meant by `paths`; raises where one is missing or of no kind that can be read."""
    folders = {path: sound for path in paths if (sound := find_sound(path)) is not None}
    files = {path: find_files([path]) for path in paths if path not in folders}
    plain = [file for of_path in files.values() for file in of_path]
    names = dict(zip(plain, names_of(plain), strict=True))
    sources: list[Source] = []
    for path in paths:
        if path in folders:
            sources.append(Source(path, path.name, told, folders[path]))
        else:
            sources += [Source(file, names[file], told) for file in files[path]]
    return sources
