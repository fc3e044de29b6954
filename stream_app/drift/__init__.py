"""The drift watch over feature rows that are there already, and its report."""
