"""Trained models in service: size, cost of a row, and how well they tell faulty from healthy rows."""
