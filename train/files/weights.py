"""Weights as safetensors files have them, and read back from those that are as they were written."""

import io
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parsed
from safetensors.torch import save as serialized
from torch import Tensor, nn

from train.files.digests import Damaged, read_known


class BadWeights(ValueError):
    """A file does not have the weights of this network; the message is one line that names it."""


def as_file(tensors: dict[str, Tensor], metadata: dict[str, str], path: Path) -> bytes:
    """Returns what a file of that name has: safetensors, or what `torch.load` reads where it ends in .pt or .pth."""
    if path.suffix.lower() not in (".pt", ".pth"):
        return as_bytes(tensors, metadata)
    content = io.BytesIO()
    torch.save(tensors, content)
    return content.getvalue()


def as_bytes(tensors: dict[str, Tensor], metadata: dict[str, str]) -> bytes:
    """Returns the content of a safetensors file with the tensors."""
    apart = {name: tensor.clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()}
    return serialized(apart, metadata)  # which refuses tensors that share memory


def from_bytes(content: bytes) -> dict[str, Tensor]:
    """Returns the tensors of such a content."""
    return parsed(content)


def load(model: nn.Module, path: Path, sha256: str) -> None:
    """Loads every tensor of `model` from `path`; raises BadWeights where they are not there.

    Args:
        sha256: Of the file as it was written; empty where that is not known.
    """
    try:
        model.load_state_dict(from_bytes(read_known(path, sha256)))
    except Damaged as error:
        raise BadWeights(f"{path} is damaged or another network's: {error}") from None
    except (OSError, SafetensorError, RuntimeError) as error:
        raise BadWeights(f"{path} does not hold this network's weights: {' '.join(str(error).split())}") from None
