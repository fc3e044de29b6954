"""Training of one model version: data, fit, judgement, registry."""
