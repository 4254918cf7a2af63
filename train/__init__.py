"""One design to its scores: the model, the data, augmentation, optimizer, schedule and the loop.

Imports space, torch and torchvision; never optuna, search or results.
"""
