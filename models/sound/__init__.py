"""Sound of machines: what a microphone's frames become, and what judges them."""
