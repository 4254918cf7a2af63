"""Trains by the loop that people write, for `bench` to compare with.

It has a DataLoader, PIL images rotated one by one, torch's own layers and optimizer, and every core on one network.
"""

import functools
import multiprocessing
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from space.design import Design
from train.data.images import Images
from train.data.split import Split
from train.data.torchvision_schemas import define_missing_operators
from train.model import build


class PilImages(Dataset[tuple[Tensor, int]]):
    """A data set of images as torchvision.datasets.MNIST and CIFAR10 yield them."""

    def __init__(self, images: Images, split: Split, *, rotate: bool) -> None:
        self._images = images.images.permute(0, 2, 3, 1).numpy()  # (N, H, W, C)
        self._labels = images.labels.tolist()
        self._moments = split.mean, split.std
        self._rotate = rotate

    @functools.cached_property
    def _transform(self) -> Callable[[Any], Tensor]:
        """Returns torchvision's transforms, made in the process that uses them.

        One that is spawned must define torchvision's operators before it can be sent any.
        """
        define_missing_operators()
        from torchvision import transforms

        rotation = [transforms.RandomRotation(7.0, fill=0)] if self._rotate else []
        return transforms.Compose([*rotation, transforms.ToTensor(), transforms.Normalize(*self._moments)])

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        from PIL import Image

        pixels = self._images[index]
        image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
        return self._transform(image), self._labels[index]


def baseline(design: Design, split: Split, *, loader_workers: int, device: str) -> Iterator[float]:
    """Trains with AdamW and a falling rate for ever; yields the seconds of each epoch, scoring included."""
    recipe = design.recipe
    model = build(design.architecture).to(device)
    loaders = [
        DataLoader(
            PilImages(images, split, rotate=training),
            batch_size=recipe.batch_size if training else 1000,
            shuffle=training,
            num_workers=loader_workers,
            multiprocessing_context=_start_method() if loader_workers else None,
            persistent_workers=loader_workers > 0,
            timeout=60 if loader_workers else 0,
            pin_memory=device == "cuda",
        )
        for images, training in ((split.train, True), (split.held_out, False))
    ]
    optimizer = torch.optim.AdamW(model.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10**6)
    while True:
        began = time.perf_counter()
        _epoch(model, loaders[0], optimizer, schedule, device)
        _score(model, loaders[1], device)
        yield time.perf_counter() - began


def _start_method() -> str:
    """Returns how loader workers start: as by default under Python 3.11 on Linux, or as Windows can."""
    return "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"


def _epoch(
    model: nn.Module,
    loader: DataLoader[tuple[Tensor, int]],
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    device: str,
) -> None:
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(x.to(device)), y.to(device))
        loss.backward()
        optimizer.step()
        schedule.step()


def _score(model: nn.Module, loader: DataLoader[tuple[Tensor, int]], device: str) -> float:
    model.eval()
    with torch.no_grad():
        return sum((model(x.to(device)).argmax(1) == y.to(device)).sum().item() for x, y in loader)
