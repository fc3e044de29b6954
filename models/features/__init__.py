"""Features of one series: what is computed from its latest readings."""
