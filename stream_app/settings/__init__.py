"""Settings: `load_settings` reads the whole tree from `STREAM_APP_…` variables and a TOML file."""

from stream_app.settings.root import Settings, load_settings

__all__ = ["Settings", "load_settings"]
