"""The MLflow registry: training writes it by MLflow's own client, workers read it without loading MLflow."""
