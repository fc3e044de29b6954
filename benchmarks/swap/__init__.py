"""What a swap of models under load costs: nothing lost, nothing doubled, and how long until all workers have it."""
