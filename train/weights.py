"""Weights in safetensors files, written whole or not at all."""

import os
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn


class BadWeights(ValueError):
    """A file that does not hold the weights of this network; one line that names it."""


def save(model: nn.Module, path: Path, metadata: dict[str, str]) -> None:
    """Writes the state dict, as `write_tensors` does."""
    write_tensors(model.state_dict(), path, metadata)


def write_tensors(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
    """Writes to a temporary name in the same folder, then renames it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    apart = {name: tensor.clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()}
    try:
        save_file(apart, temporary, metadata=metadata)  # which refuses tensors that share memory
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def load(model: nn.Module, path: Path) -> None:
    """Loads every tensor of `model` from `path`; raises BadWeights where they are not there."""
    try:
        model.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise BadWeights(f"{path} does not hold this network's weights: {' '.join(str(error).split())}") from None
