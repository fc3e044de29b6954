"""The pipeline of the workers without Kafka."""
