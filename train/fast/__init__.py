"""Computes the same results sooner: one optimizer's step for all parameters, compiled passes, CUDA graphs.

It imports `space`, of `train` the model, its layers, files and device, and torch, numpy, numba and llvmlite; the
training loop imports it and it never the loop.
"""
