"""Computes the same results sooner: one optimizer's step for all parameters, compiled passes, CUDA graphs.

It imports `space`, `train.model`, torch, numpy and numba; the training loop imports it and it never the loop.
"""
