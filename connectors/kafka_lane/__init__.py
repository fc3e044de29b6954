"""Whole Kafka batches through Faust: the hooks of the fast lane.

Leans on private methods of faust-streaming 0.15 and aiokafka 0.14; `tests/contracts/test_upstream_hooks.py` fails
when one of them changes. Reading order: record_batches → whole_fetches → consumer → producer → state_table → app.
"""
