"""The search space: every choice with its range, and the designs that values of the choices stand for.

It imports `space`, but not `space.known`.
"""
