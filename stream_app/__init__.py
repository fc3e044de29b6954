"""Composition root: settings, app factory, roles, command line, telemetry."""
