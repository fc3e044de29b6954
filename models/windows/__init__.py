"""Windows of a series' latest readings: cut, turned into feature rows, judged by the models of the sensor's type."""
