"""Sound of machines: spectra of a microphone's frames, what a clip of them is like, and what judges it."""
