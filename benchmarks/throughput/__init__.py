"""Readings per second of one process on a real broker, beside rivals that do the same work for each reading."""
