"""Why settings were refused, in one sentence."""

from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from stream_app.settings.tree import is_secret, leaves, variable


def refusal(model: type[BaseModel], error: ValidationError, origin: Mapping[str, str]) -> str:
    """Return one sentence on the first fault of `error`: setting, value, remedy."""
    first = error.errors(include_url=False)[0]
    path = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    fields = dict(leaves(model))
    if path not in fields:  # a rule between several settings of one branch
        return f"Settings STREAM_APP_{path.upper()}__… do not fit together: {message}."
    name = origin.get(path, variable(path))
    value = "(hidden)" if is_secret(fields[path]) else repr(first["input"])
    wanted = message[:1].lower() + message[1:]
    about = fields[path].description or path
    return f"Setting {name} has the value {value}, but {wanted} ({about})."
