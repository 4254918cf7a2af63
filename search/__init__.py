"""Many designs to the best one: command line, sampling, referee, study, executor and coordinator.

It imports `space`, `train`, `results` and what CONTRIBUTING.md lists for each room; torch and optuna only once the
arguments are valid.
"""
