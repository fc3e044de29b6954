"""A seeded fleet of machines: healthy signals, injected faults, and the truth about them."""
