"""What the Trainer's contract gives a user's function, and asks of it and of its outputs."""
