"""A sibling that line.py imports."""

FEATURES = ["x", "y"]
LABEL = "above"
BATCH = 32
