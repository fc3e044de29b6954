"""Load harness, rivals, detection quality."""
