"""Trains one design and scores it: `loop` has the training, `evaluation` the scoring, `data` the images.

Nothing here prints, reads the current folder, or changes torch's settings in a caller's process without putting them
back; `fast.process.prepare` and the process of `data.download` are for processes of our own. It imports `space` and
what CONTRIBUTING.md lists, torch, numpy and numba among it; never `search`, `results` or optuna.
"""
