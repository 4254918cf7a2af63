"""Writes files whole or not at all, and with that weights and checkpoints, and reads them back.

It imports torch and safetensors, `whole` not even those, and nothing else of `train`.
"""
