"""Many designs to the best one: command line, sampling, referee, study, executor and coordinator.

Imports space, train and results, optuna, fvcore, typer and rich; torch and optuna only once the arguments
are valid.
"""
