"""The roles of a worker: name → module with `run(settings, name)`, imported when the role starts."""

ROLES: dict[str, str] = {
    "monitor": "stream_app.roles.monitor",
    "learn": "stream_app.roles.learn",
    "web": "stream_app.roles.web",
}
