"""Propose what to try next, and judge it: samplers, known designs to begin with, the referee of the budget, pruning.

Knows Optuna's studies and trials, but not the database that they are in. Imports `space`, `train` and the settings,
never `study` or what stands above it.
"""
