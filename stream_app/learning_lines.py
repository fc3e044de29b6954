"""The steps of the learning loop, as lines for one who watches."""

from collections.abc import Callable
from typing import Any


def learning_line(event: dict[str, Any]) -> str | None:
    """Return what an event of the topics drift, retraining and models tells, or None where it is no step of its own."""
    told = _TOLD.get(event["type"])
    return None if told is None else told(event)


def _drift(event: dict[str, Any]) -> str:
    assets = event["assets"]
    where = assets[0] if len(assets) == 1 else f"{len(assets)} of {event['assets_watched']} assets"
    return _line("drift detected", event, f"{event['cause']} of {where} since {event['changed_at']}")


def _registered(event: dict[str, Any]) -> str:
    if event["alias"] == "champion":
        return _line("first model", event, f"version {event['version']} is champion at once: there was none")
    return _line("challenger", event, f"version {event['version']} in shadow of version {event['champion_version']}")


def _decided(event: dict[str, Any]) -> str:
    return _line(
        f"gate {'passed' if event['passed'] else 'refused'}", event, f"version {event['version']}: {event['reason']}"
    )


def _moved(event: dict[str, Any]) -> str:
    what = "promoted" if event["type"] == "ModelPromoted" else "rolled back"
    return _line(
        what, event, f"version {event['version']} after version {event['previous_version']}: {event['reason']}"
    )


def _loaded(event: dict[str, Any]) -> str | None:
    if event["alias"] != "champion":
        return None
    return _line("in service", event, f"version {event['version']} is champion of {event['worker']}")


def _succeeded(event: dict[str, Any]) -> str:
    text = f"version {event['version']}, {event['algorithm']}, {event['rows']:,} rows in {event['seconds']:.1f} s"
    return _line("training succeeded", event, text)


def _line(what: str, event: dict[str, Any], text: str) -> str:
    return f"{what:18} {event.get('model') or '-'}  {text}"


_TOLD: dict[str, Callable[[dict[str, Any]], str | None]] = {
    "DriftDetected": _drift,
    "RetrainingStarted": lambda event: _line("training started", event, f"data since {event['from_ts']}"),
    "RetrainingSucceeded": _succeeded,
    "RetrainingFailed": lambda event: _line("training failed", event, f"{event['reason']}: {event['detail']}"),
    "RetrainingRefused": lambda event: _line("training refused", event, f"{event['reason']}: {event['detail']}"),
    "RetrainingTimedOut": lambda event: _line("training timed out", event, f"after {event['timeout_s']:,.0f} s"),
    "ModelRegistered": _registered,
    "GateDecided": _decided,
    "ModelPromoted": _moved,
    "ModelRolledBack": _moved,
    "ModelLoaded": _loaded,
    "ModelRefused": lambda event: _line("model refused", event, event["detail"]),
}
