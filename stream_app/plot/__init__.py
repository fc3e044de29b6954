"""Series with their expected band and anomalies, as one HTML page that needs nothing else."""
