"""Detectors of one series: what judges a reading against what was seen before."""
