"""The scripts here run in an environment of their own, not under pytest."""

collect_ignore_glob = ["*.py"]
