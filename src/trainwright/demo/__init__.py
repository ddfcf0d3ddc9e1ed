"""Demonstrations on real data: ``trainwright demo NAME``."""
