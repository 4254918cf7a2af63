"""A golden file.

    held-out accuracy 99.00 %, one seed

    7,624 parameters, 1,068,480 multiply-adds an image, receptive field 28
    by hand
    exported 2026-01-01 with torch 2.13.0

The network:

    c8 relu bn do0.05 c16 relu bn do0.05 mp c8k1 c16 relu bn do0.05 c24 relu bn do0.05 ap8 c32k1
    relu bn do0.05 c16k1 relu bn do0.05 c10k1

Its training:

    sgd lr 0.01 momentum 0.9, weight decay 0, batch 64, ExponentialDecay(factor 0.65),
    Rotation(degrees 7 interpolation nearest) then Affine(degrees 7 translate 0.1 scale 0.2 shear 10
    interpolation nearest) then Jitter(brightness 0.4 contrast 0.4), 15 epochs

`python net.py [WEIGHTS]` counts it and, with weights, loads them and runs it.
`python net.py --data DIR` trains it again on all of MNIST's training images, and reads the test set after each epoch.
"""

import argparse
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
        self.conv1 = nn.Conv2d(1, 8, 3, bias=False)
        self.relu1 = nn.ReLU()
        self.bn1 = nn.BatchNorm2d(8)
        self.drop1 = nn.Dropout(0.05)
        self.conv2 = nn.Conv2d(8, 16, 3, bias=False)
        self.relu2 = nn.ReLU()
        self.bn2 = nn.BatchNorm2d(16)
        self.drop2 = nn.Dropout(0.05)
        self.pool1 = nn.MaxPool2d(2)
        self.conv3 = nn.Conv2d(16, 8, 1, bias=False)
        self.conv4 = nn.Conv2d(8, 16, 3, bias=False)
        self.relu3 = nn.ReLU()
        self.bn3 = nn.BatchNorm2d(16)
        self.drop3 = nn.Dropout(0.05)
        self.conv5 = nn.Conv2d(16, 24, 3, bias=False)
        self.relu4 = nn.ReLU()
        self.bn4 = nn.BatchNorm2d(24)
        self.drop4 = nn.Dropout(0.05)
        self.pool2 = nn.AvgPool2d(8)
        self.conv6 = nn.Conv2d(24, 32, 1, bias=False)
        self.relu5 = nn.ReLU()
        self.bn5 = nn.BatchNorm2d(32)
        self.drop5 = nn.Dropout(0.05)
        self.conv7 = nn.Conv2d(32, 16, 1, bias=False)
        self.relu6 = nn.ReLU()
        self.bn6 = nn.BatchNorm2d(16)
        self.drop6 = nn.Dropout(0.05)
        self.conv8 = nn.Conv2d(16, 10, 1, bias=False)

    def forward(self, x):
        # after the layer: shape, parameters of the layer, receptive field
        x = self.conv1(x)  # (N, 8, 26, 26)      72     3
        x = self.relu1(x)  # (N, 8, 26, 26)             3
        x = self.bn1(x)    # (N, 8, 26, 26)      16     3
        x = self.drop1(x)  # (N, 8, 26, 26)             3
        x = self.conv2(x)  # (N, 16, 24, 24)   1152     5
        x = self.relu2(x)  # (N, 16, 24, 24)            5
        x = self.bn2(x)    # (N, 16, 24, 24)     32     5
        x = self.drop2(x)  # (N, 16, 24, 24)            5
        x = self.pool1(x)  # (N, 16, 12, 12)            6
        x = self.conv3(x)  # (N, 8, 12, 12)     128     6
        x = self.conv4(x)  # (N, 16, 10, 10)   1152    10
        x = self.relu3(x)  # (N, 16, 10, 10)           10
        x = self.bn3(x)    # (N, 16, 10, 10)     32    10
        x = self.drop3(x)  # (N, 16, 10, 10)           10
        x = self.conv5(x)  # (N, 24, 8, 8)     3456    14
        x = self.relu4(x)  # (N, 24, 8, 8)             14
        x = self.bn4(x)    # (N, 24, 8, 8)       48    14
        x = self.drop4(x)  # (N, 24, 8, 8)             14
        x = self.pool2(x)  # (N, 24, 1, 1)             28
        x = self.conv6(x)  # (N, 32, 1, 1)      768    28
        x = self.relu5(x)  # (N, 32, 1, 1)             28
        x = self.bn5(x)    # (N, 32, 1, 1)       64    28
        x = self.drop5(x)  # (N, 32, 1, 1)             28
        x = self.conv7(x)  # (N, 16, 1, 1)      512    28
        x = self.relu6(x)  # (N, 16, 1, 1)             28
        x = self.bn6(x)    # (N, 16, 1, 1)       32    28
        x = self.drop6(x)  # (N, 16, 1, 1)             28
        x = self.conv8(x)  # (N, 10, 1, 1)      160    28
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
MOMENTUM = 0.9


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


def affine(turn, x, y, scale, shear):
    """(N, 3, 3): turns and shears along x by angles in radians, scales, and moves by x and y in half sides."""
    cos, sin, tan, zero = turn.cos(), turn.sin(), shear.tan(), torch.zeros_like(turn)
    rows = [scale * cos, -scale * (cos * tan + sin), x], [scale * sin, scale * (cos - sin * tan), y]
    return torch.stack([*rows[0], *rows[1], zero, zero, zero + 1], 1).view(-1, 3, 3)


def rotation(turn):
    """(N, 3, 3): turns by angles in radians."""
    cos, sin, zero = turn.cos(), turn.sin(), torch.zeros_like(turn)
    return torch.stack([cos, -sin, zero, sin, cos, zero, zero, zero, zero + 1], 1).view(-1, 3, 3)


def jitter(images, brightness, contrast, contrast_first):
    """Scales brightness, and contrast about the image's mean, in an order that each image has of its own."""
    brightness, contrast, contrast_first = (
        drawn.to(images.device).view(-1, 1, 1, 1) for drawn in (brightness, contrast, contrast_first)
    )

    def contrasted(x):
        return (contrast * x + (1 - contrast) * x.mean((1, 2, 3), keepdim=True)).clamp(0, 1)

    brighter_first = contrasted((images * brightness).clamp(0, 1))
    return torch.where(contrast_first, (contrasted(images) * brightness).clamp(0, 1), brighter_first)


def augment(images, generator):
    """Each of the images, float (N, 1, 28, 28) in [0, 1], changed in a way of its own."""

    def drawn(reach):
        """A number for each image, evenly from -reach to reach."""
        return reach * (2 * torch.rand(len(images), generator=generator) - 1)

    turn = drawn(math.radians(7.0))
    warp = rotation(turn)
    turn = drawn(math.radians(7.0))
    x, y = drawn(2 * 0.1), drawn(2 * 0.1)
    scale, shear = 1 + drawn(0.2), drawn(math.radians(10.0))
    warp = affine(turn, x, y, scale, shear) @ warp
    back = torch.linalg.inv(warp)[:, :2].to(images.device)  # from places in the new image to the old
    grid = affine_grid(back, list(images.shape), align_corners=False)
    images = grid_sample(images, grid, mode="nearest", align_corners=False)
    brightness, contrast = 1 + drawn(0.4), 1 + drawn(0.4)
    images = jitter(images, brightness, contrast, torch.rand(len(images), generator=generator) < 0.5)
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
    optimizer = torch.optim.SGD(net.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM)
    seeds = torch.randint(2**32, (2,), generator=torch.Generator().manual_seed(seed)).tolist()
    order, changes = (torch.Generator().manual_seed(number) for number in seeds)
    batches = len(images) // BATCH_SIZE + (len(images) % BATCH_SIZE > 1)  # a single image has no batch statistics
    for epoch in range(epochs):
        net.train()
        total = seen = 0
        chosen = torch.randperm(len(images), generator=order).split(BATCH_SIZE)[:batches]
        for batch in chosen:
            for group in optimizer.param_groups:
                group.update(lr=LEARNING_RATE * 0.65 ** epoch)
            x, y = images[batch] / 255, labels[batch]
            x = augment(x, changes)
            loss = cross_entropy(net((x - MEAN) / STD), y)
            net.zero_grad()
            loss.backward()
            optimizer.step()
            total, seen = total + loss.item() * len(y), seen + len(y)
        yield net, total / seen, accuracy(net, test_images, test_labels)


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
