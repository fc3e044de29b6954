"""Sound of microphones: its spectra frame by frame, what a clip of it is like, and when that is not usual."""
