"""Health of a sensor, apart from the health of the machine that it is fixed to."""
