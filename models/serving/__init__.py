"""Trained models in service: fitted elsewhere, scored here from plain arrays alone."""
