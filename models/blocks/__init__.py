"""Waveform blocks of a sensor: features of each, what is usual for that sensor, and when a block is not."""
