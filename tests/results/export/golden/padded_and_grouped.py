"""A golden file.

    held-out accuracy 99.00 %, one seed

    7,280 parameters, 356,672 multiply-adds an image, receptive field 36
    by hand
    exported 2026-01-01 with torch 2.13.0

The network:

    c8k5p2b bn relu d2d0.1 mp c8k3p1g4 relu c16 relu ap2 c10k6 gap

Its training:

    adamw lr 0.01 momentum 0.95 to 0.85 to 0.95, weight decay 0.0001, batch 64, OneCycle(warmup 0.3
    start_divisor 25 end_divisor 10000 anneal cosine), Affine(degrees 10 translate 0.07 scale 0.1
    shear 5 interpolation bilinear), fading over the last 0.2, label smoothing 0.05, weight average
    0.999, 15 epochs

`python net.py [WEIGHTS]` counts it and, with weights, loads them and runs it.
`python net.py --data DIR` trains it again on all of MNIST's training images, and reads the test set after each epoch.
"""

import argparse
import copy
import gzip
import math
import os
import time
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.functional import affine_grid, cross_entropy, grid_sample

MEAN, STD = 0.1307, 0.3081  # of the training pixels in [0, 1]


class Net(nn.Module):
    """float (N, 1, 28, 28), pixels in [0, 1] less MEAN over STD, to logits (N, 10)."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 5, padding=2)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu1 = nn.ReLU()
        self.drop1 = nn.Dropout2d(0.1)
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, groups=4, bias=False)
        self.relu2 = nn.ReLU()
        self.conv3 = nn.Conv2d(8, 16, 3, bias=False)
        self.relu3 = nn.ReLU()
        self.pool2 = nn.AvgPool2d(2)
        self.conv4 = nn.Conv2d(16, 10, 6, bias=False)
        self.pool3 = nn.AdaptiveAvgPool2d(1)

    def forward(self, x):
        # after the layer: shape, parameters of the layer, receptive field
        x = self.conv1(x)  # (N, 8, 28, 28)     208     5
        x = self.bn1(x)    # (N, 8, 28, 28)      16     5
        x = self.relu1(x)  # (N, 8, 28, 28)             5
        x = self.drop1(x)  # (N, 8, 28, 28)             5
        x = self.pool1(x)  # (N, 8, 14, 14)             6
        x = self.conv2(x)  # (N, 8, 14, 14)     144    10
        x = self.relu2(x)  # (N, 8, 14, 14)            10
        x = self.conv3(x)  # (N, 16, 12, 12)   1152    14
        x = self.relu3(x)  # (N, 16, 12, 12)           14
        x = self.pool2(x)  # (N, 16, 6, 6)             16
        x = self.conv4(x)  # (N, 10, 1, 1)     5760    36
        x = self.pool3(x)  # (N, 10, 1, 1)             36
        return x.flatten(1)


def load(file):
    """The network with the weights of a file, safetensors or torch's own, ready to predict."""
    if str(file).lower().endswith(".safetensors"):
        from safetensors.torch import load_file

        weights = load_file(file)
    else:
        weights = torch.load(file, map_location="cpu", weights_only=True)
    net = Net()
    net.load_state_dict(weights)
    return net.eval()


def percent(share, digits=2):
    """A share of less than all is not rounded up to 100 %."""
    return f"{min(share, 1 - 10 ** -(digits + 2)) if share < 1 else 1:.{digits}%}"


# How it was trained, and is again by `python net.py --data DIR`.

EPOCHS = 15
LAST_EPOCHS = 5  # whose mean is the accuracy; of other --epochs the last third, 5 at most
BATCH_SIZE = 64
LEARNING_RATE = 0.01  # at its peak
WEIGHT_DECAY = 0.0001
LABEL_SMOOTHING = 0.05  # share of the target that is spread over all classes
AVERAGE_DECAY = 0.999  # of the moving average of the weights, which is what is scored and kept
FADE = 0.2  # share of the steps, at the end, in which the augmentation's ranges shrink to nothing


def read(folder, name):
    """The array of an idx file, raw or gzip, in `folder` or in MNIST/raw below it."""
    files = [place / f"{name}{end}" for place in (folder / "MNIST" / "raw", folder) for end in ("", ".gz")]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        raise SystemExit(f"{folder} must hold {name} or {name}.gz, itself or in MNIST/raw")
    try:
        content = file.read_bytes()
        while content[:2] == b"\x1f\x8b":  # whatever its name says
            content = gzip.decompress(content)
        shape = np.frombuffer(content, ">i4", count=content[3], offset=4).tolist()
        return torch.from_numpy(np.frombuffer(content, np.uint8, offset=4 + 4 * len(shape)).reshape(shape).copy())
    except (EOFError, IndexError, OSError, ValueError, zlib.error) as error:
        raise SystemExit(f"{file} is no idx file, or damaged ({error}); get it again") from None


def one_cycle(step, steps, start, middle, end):
    """From start to middle over the first 30 % of the steps, then on to end, each along half a cosine."""

    def between(first, last, share):
        return last + (first - last) * (1 + math.cos(math.pi * share)) / 2

    top = max(0.0, 0.3 * steps - 1)
    if step < top:
        return between(start, middle, step / top)
    return between(middle, end, (step - top) / max(1.0, steps - 1 - top))


def affine(turn, x, y, scale, shear):
    """(N, 3, 3): turns and shears along x by angles in radians, scales, and moves by x and y in half sides."""
    cos, sin, tan, zero = turn.cos(), turn.sin(), shear.tan(), torch.zeros_like(turn)
    rows = [scale * cos, -scale * (cos * tan + sin), x], [scale * sin, scale * (cos - sin * tan), y]
    return torch.stack([*rows[0], *rows[1], zero, zero, zero + 1], 1).view(-1, 3, 3)


def augment(images, generator, strength):
    """Each of the images, float (N, 1, 28, 28) in [0, 1], changed in a way of its own; strength is in [0, 1]."""

    def drawn(reach):
        """A number for each image, evenly from -reach to reach."""
        return reach * strength * (2 * torch.rand(len(images), generator=generator) - 1)

    turn = drawn(math.radians(10.0))
    x, y = drawn(2 * 0.07), drawn(2 * 0.07)
    scale, shear = 1 + drawn(0.1), drawn(math.radians(5.0))
    warp = affine(turn, x, y, scale, shear)
    back = torch.linalg.inv(warp)[:, :2].to(images.device)  # from places in the new image to the old
    grid = affine_grid(back, list(images.shape), align_corners=False)
    images = grid_sample(images, grid, mode="bilinear", align_corners=False)
    return images


def accuracy(net, images, labels):
    """Share of the images, uint8 (N, 1, 28, 28), that the network gets right."""
    net.eval()
    with torch.inference_mode():
        parts = zip(images.split(1000), labels.split(1000), strict=True)
        right = sum((net((x / 255 - MEAN) / STD).argmax(1) == y).sum().item() for x, y in parts)
    return right / len(labels)


def train(folder, seed=0, epochs=EPOCHS):
    """After each epoch the network so far, the mean training loss, and the share of the test images that it gets
    right. Weights, order and augmentation follow from the seed."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    images = read(folder, "train-images-idx3-ubyte").unsqueeze(1).to(device)  # uint8 (N, 1, 28, 28)
    labels = read(folder, "train-labels-idx1-ubyte").long().to(device)  # (N,)
    test_images = read(folder, "t10k-images-idx3-ubyte").unsqueeze(1).to(device)
    test_labels = read(folder, "t10k-labels-idx1-ubyte").long().to(device)

    torch.manual_seed(seed)
    net = Net().to(device)
    average = copy.deepcopy(net)
    optimizer = torch.optim.AdamW(net.parameters(), lr=LEARNING_RATE, betas=(0.95, 0.999), weight_decay=WEIGHT_DECAY)
    seeds = torch.randint(2**32, (2,), generator=torch.Generator().manual_seed(seed)).tolist()
    order, changes = (torch.Generator().manual_seed(number) for number in seeds)
    batches = len(images) // BATCH_SIZE + (len(images) % BATCH_SIZE > 1)  # a single image has no batch statistics
    steps = epochs * batches
    for epoch in range(epochs):
        net.train()
        total = seen = 0
        chosen = torch.randperm(len(images), generator=order).split(BATCH_SIZE)[:batches]
        for step, batch in enumerate(chosen, start=epoch * batches):
            rate = one_cycle(step, steps, LEARNING_RATE / 25.0, LEARNING_RATE, LEARNING_RATE / 25.0 / 10000.0)
            momentum = one_cycle(step, steps, 0.95, 0.85, 0.95)
            for group in optimizer.param_groups:
                group.update(lr=rate, betas=(momentum, 0.999))
            x, y = images[batch] / 255, labels[batch]
            strength = 1.0 if step < steps - FADE * steps else (steps - 1 - step) / (FADE * steps)
            x = augment(x, changes, strength)
            loss = cross_entropy(net((x - MEAN) / STD), y, label_smoothing=LABEL_SMOOTHING)
            net.zero_grad()
            loss.backward()
            optimizer.step()
            total, seen = total + loss.item() * len(y), seen + len(y)
            share = 1 - min(AVERAGE_DECAY, (1 + step) / (10 + step))  # larger at first, to forget the first weights
            for kept, new in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
                if kept.is_floating_point():  # running statistics too, but not their count
                    kept.lerp_(new, share)
        yield average, total / seen, accuracy(average, test_images, test_labels)


def run(folder, seed, epochs, save):
    """Trains, prints a line an epoch, and writes the weights to the file `save`, if one is given."""
    write = torch.save
    if save and save.lower().endswith(".safetensors"):
        try:
            from safetensors.torch import save_file as write
        except ImportError:
            raise SystemExit(f"{save} needs safetensors: pip install safetensors, or --save a .pt file") from None
    scores, began = [], time.perf_counter()
    for net, loss, score in train(folder, seed, epochs):
        scores.append(score)
        seconds = time.perf_counter() - began
        line = f"epoch {len(scores):>3} of {epochs}  loss {loss:.4f}  test {percent(score)}  {seconds:.0f} s"
        print(line, flush=True)
    last = scores[-(LAST_EPOCHS if epochs == EPOCHS else max(1, min(5, epochs // 3))) :]
    over = "the last epoch" if len(last) == 1 else f"mean of the last {len(last)} epochs"
    print(f"test accuracy {percent(sum(last) / len(last))}, {over}")
    if save:
        write(net.state_dict(), save)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A small network for handwritten digits.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("weights", nargs="?", help="load these weights")
    what.add_argument("--data", type=Path, metavar="DIR", help="train on MNIST's four idx files, raw or .gz, in DIR")
    parser.add_argument("--seed", type=int, default=0, help="of the training (default: 0)")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="of the training (default: %(default)s)")
    parser.add_argument("--save", metavar="FILE", help="write the weights here, as .safetensors or torch's own")
    given = parser.parse_args()
    if given.epochs < 1:
        parser.error("--epochs is 1 or more")
    if given.save and not given.data:
        parser.error("--save is of a training; name its images with --data")
    if given.save and not Path(given.save).absolute().parent.is_dir():
        parser.error(f"the folder of {given.save} does not exist")
    if given.save and (Path(given.save).is_dir() or not os.access(Path(given.save).absolute().parent, os.W_OK)):
        parser.error(f"{given.save} cannot be written; name a file elsewhere")
    if given.data:
        run(given.data, given.seed, given.epochs, given.save)
        raise SystemExit
    try:
        net = load(given.weights) if given.weights else Net().eval()
    except Exception as error:  # of torch, of safetensors and of the system
        why = str(error).partition("\n")[0]
        raise SystemExit(f"{given.weights} cannot be loaded as the weights of this network ({why})") from None
    print(sum(weights.numel() for weights in net.parameters()), "parameters")
    with torch.inference_mode():
        print(net((torch.rand(2, 1, 28, 28) - MEAN) / STD).softmax(1))
