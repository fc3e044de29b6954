"""Settings as a nested dict, from `STREAM_APP_…` variables over a TOML file; unknown names are refused."""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr

from schemas.errors import SettingsError

PREFIX = "STREAM_APP_"
CONFIG = "STREAM_APP_CONFIG"
_FILE = "_file"


@dataclass
class SettingsTree:
    """`values` is nested as the settings are; `origin` maps a path, as `web.port`, to the user's own word."""

    values: dict[str, Any] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)

    def put(self, path: str, value: Any, origin: str) -> None:
        """Set the value at `path`."""
        *branches, leaf = path.split(".")
        at = self.values
        for branch in branches:
            at = at.setdefault(branch, {})
        at[leaf] = value
        self.origin[path] = origin


def leaves(model: type[BaseModel], under: str = "") -> Iterator[tuple[str, Any]]:
    """Yield `(path, field)` of every setting, in the order of declaration."""
    for name, info in model.model_fields.items():
        path = f"{under}{name}"
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from leaves(info.annotation, f"{path}.")
        else:
            yield path, info


def is_secret(info: Any) -> bool:
    """Tell whether the field holds a secret."""
    return info.annotation is SecretStr or SecretStr in get_args(info.annotation)


def variable(path: str) -> str:
    """Return the environment variable of the setting at `path`."""
    return PREFIX + path.replace(".", "__").upper()


def read_tree(model: type[BaseModel], env: Mapping[str, str]) -> SettingsTree:
    """Return what `env` and its TOML file say; raises SettingsError on unknown names and unreadable files."""
    known = dict(leaves(model))
    tree = SettingsTree()
    config = env.get(CONFIG)
    if config:
        _read_toml(tree, Path(config), known)
    for name, value in env.items():
        # Compose files pass what is not set as an empty string.
        if name.upper().startswith(PREFIX) and name.upper() != CONFIG and value != "":
            _read_variable(tree, name, value, known)
    return tree


def _read_variable(tree: SettingsTree, name: str, value: str, known: Mapping[str, Any]) -> None:
    path = name[len(PREFIX) :].lower().replace("__", ".")
    if path in known:
        leaf = path
    elif path.endswith(_FILE) and is_secret(known.get(path.removesuffix(_FILE))):
        leaf = path.removesuffix(_FILE)
        value = _secret_in(Path(value), name)
    else:
        raise SettingsError(_unknown(name, [variable(path) for path in known] + [CONFIG]))
    if tree.origin.get(leaf, "").startswith(PREFIX):
        raise SettingsError(f"Settings {tree.origin[leaf]} and {name} are both given; keep one of them.")
    tree.put(leaf, value, name)


def _read_toml(tree: SettingsTree, path: Path, known: Mapping[str, Any]) -> None:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"Settings file {path} ({CONFIG}) cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"Settings file {path} is not TOML: {error}; correct it at that place.") from None
    for name, value in _flat(content, known):
        origin = f"{name} in {path}"
        if name in known:
            tree.put(name, value, origin)
        elif name.endswith(_FILE) and is_secret(known.get(name.removesuffix(_FILE))):
            tree.put(name.removesuffix(_FILE), _secret_in(Path(str(value)), origin), origin)
        else:
            raise SettingsError(_unknown(name, list(known), f" in {path}"))


def _flat(content: Mapping[str, Any], known: Mapping[str, Any], under: str = "") -> Iterator[tuple[str, Any]]:
    """Yield `(path, value)`; a table that is a setting itself stays whole."""
    for name, value in content.items():
        if isinstance(value, dict) and f"{under}{name}" not in known:
            yield from _flat(value, known, f"{under}{name}.")
        else:
            yield f"{under}{name}", value


def _secret_in(path: Path, origin: str) -> str:
    try:
        return path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"Secret file {path} (from {origin}) cannot be read: {error}.") from None


def _unknown(name: str, known: list[str], where: str = "") -> str:
    near = difflib.get_close_matches(name.lower(), [each.lower() for each in known], n=1, cutoff=0.0)
    spelled = {each.lower(): each for each in known}
    return f"Setting {name}{where} is unknown; did you mean {spelled[near[0]]}?"
