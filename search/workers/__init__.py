"""Train trials in processes of their own, here or on a Ray cluster: what they are sent and answer, how they end.

A process of ours may set signals and torch's settings as it likes; the process that starts workers keeps its own.
Imports `space`, `train` and `search.errors`, never Optuna, `study` or what stands above it.
"""
