"""What drives a model's graph: the loops, sessions and checkpoints."""
