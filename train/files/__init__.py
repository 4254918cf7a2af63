"""Writes files whole or not at all, and with that weights and checkpoints, and reads them back.

It imports torch and safetensors, `whole` and `digests` not even those, and nothing else of `train`.
"""
