"""What may exist: networks, recipes, budgets, the search space and the reference designs.

Imports the standard library only; never torch, optuna or fvcore.
"""
