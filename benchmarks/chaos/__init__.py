"""Workers killed under load, and an independent judge of what came out."""
