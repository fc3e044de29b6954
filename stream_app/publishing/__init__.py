"""Readings to Kafka from what is not a live machine: a simulated fleet, or files."""
