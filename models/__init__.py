"""Pure mathematics: state of a series, features, detectors, decision. NumPy in, NumPy out."""
