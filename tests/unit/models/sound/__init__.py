"""Waveform blocks."""
