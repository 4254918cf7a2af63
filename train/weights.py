"""Weights in safetensors files, written whole or not at all."""

import os
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn


class BadWeights(ValueError):
    """A file that does not hold the weights of this network; one line that names it."""


def save(model: nn.Module, path: Path, metadata: dict[str, str]) -> None:
    """Writes the state dict to a temporary name in the same folder, then renames it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    try:
        save_file(tensors, temporary, metadata=metadata)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def load(model: nn.Module, path: Path) -> None:
    """Loads every tensor of `model` from `path`; raises BadWeights where they are not there."""
    try:
        model.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise BadWeights(f"{path} does not hold this network's weights: {' '.join(str(error).split())}") from None
