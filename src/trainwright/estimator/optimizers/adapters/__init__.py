"""Optimizers of other families, made to train a graph like our own.

Each module has one function ``adapt(candidate)``: an optimizer where the candidate is of its
family, None where it is not.
"""
