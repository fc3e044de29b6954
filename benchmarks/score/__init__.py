"""Readings of a file that `stream-app score` gets through in a second."""
