"""How the cost of a reading and the state of a sensor depend on the number of sensors of one worker."""
