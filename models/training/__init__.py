"""Fitting, calibrating and judging models on feature rows: NumPy in, fitted things and numbers out."""
