"""Kafka as clients see it: one description of a connection, and what is built on it."""
