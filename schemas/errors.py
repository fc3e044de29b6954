"""Every error that a user can meet, and the exit code it ends a command with.

    StreamAppError            1  a defect of ours
    ├── UsageError            2  wrong usage of a command
    ├── SettingsError         3  wrong settings
    ├── UnavailableError      4  something we need is away (broker, database, registry, file)
    └── BadDataError          5  bad data in a file or a message
        └── RefusedModelError    a model that may not be put into service

A message is one sentence that names the thing, the value and the remedy.
"""


class StreamAppError(Exception):
    """Base of all expected errors; `exit_code` is what the command line returns."""

    exit_code = 1


class UsageError(StreamAppError):
    """The command was called in a way that cannot work."""

    exit_code = 2


class SettingsError(StreamAppError):
    """A setting is unknown, malformed or contradicts another."""

    exit_code = 3


class UnavailableError(StreamAppError):
    """A broker, database, registry or file that is needed cannot be reached."""

    exit_code = 4


class BadDataError(StreamAppError):
    """Input was read but does not hold what it must."""

    exit_code = 5


class RefusedModelError(BadDataError):
    """A model may not be put into service; `reason` is one word for machines, as `altered`."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason
