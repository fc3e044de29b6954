"""Detection quality on real data with known anomalies, by the published rules of each collection."""
