"""What may exist: tasks, networks, recipes and budgets; the search space; designs that are known.

It imports the standard library only; never torch, numpy, optuna or fvcore.
"""
