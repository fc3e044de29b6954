"""Signed folders in which models travel: made by training, verified before anything in them is parsed."""
