"""Writes files whole or not at all, and with that weights and checkpoints, and reads them back.

It imports torch, safetensors and filelock, `whole`, `digests` and `user_cache` none of them; nothing else of `train`.
"""
