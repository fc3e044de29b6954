"""One module a command: each exposes `command` and is named in `stream_app.cli.COMMANDS`."""
