"""Wire formats: what travels over Kafka, and the errors of the whole project."""
