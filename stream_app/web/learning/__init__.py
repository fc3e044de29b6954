"""What the page tells of models, drift and retraining."""
