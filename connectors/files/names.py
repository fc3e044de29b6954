"""What a file is called when its name becomes the name of an asset or a sensor."""

from collections import Counter
from pathlib import Path

_ENDINGS = (".gz", ".csv", ".parquet", ".wav")


def stem(path: Path) -> str:
    """Return the file name without its endings."""
    name = path.name
    for ending in _ENDINGS:
        if name.lower().endswith(ending):
            name = name[: -len(ending)]
    return name


def names_of(paths: list[Path]) -> list[str]:
    """Return a name for each file; a mere number, or one not unique, gets its folder's name in front."""
    stems = [stem(path) for path in paths]
    count = Counter(stems)
    return [
        f"{path.resolve().parent.name}-{name}" if name.isdigit() or count[name] > 1 else name
        for path, name in zip(paths, stems, strict=True)
    ]
