"""How soon a worker is ready again after it was killed, and after it was stopped, by the number of its sensors."""
