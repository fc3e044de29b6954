"""What a score is worth: p-values of single detectors, and of several together."""
