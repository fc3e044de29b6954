"""The outside world: Kafka transport, embedded services, files."""
