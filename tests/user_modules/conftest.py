"""These files are loaded as users' modules are, by the code under test; pytest must not."""

collect_ignore_glob = ["*.py"]
