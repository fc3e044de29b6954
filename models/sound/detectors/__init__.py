"""Detectors of one sound clip: what judges its statistics, having learned from normal sound alone."""
