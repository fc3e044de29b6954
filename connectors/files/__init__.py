"""Readings and waveforms from CSV, Parquet and WAV files."""
