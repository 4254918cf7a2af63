"""A golden file.

    held-out accuracy 99.00 %, one seed

    1,672 parameters, 222,024 multiply-adds an image, receptive field 30
    by hand
    exported 2026-01-01 with torch 2.13.0

The network:

    c8 gbn32 silu mp [ c8k3p1g8 gbn32 prelu [ c8k1 relu ] c8k1 bn ] silu c16 gbn32 relu mp gap c10k1

Its training:

    muon lr 0.01 momentum 0.9, weight decay 0.0001 of convolutions and fully connected layers only,
    batch 128, Cosine(), Affine(degrees 10 translate 0.07 scale 0.1 shear 5 interpolation bilinear),
    weight average 0.998, 15 epochs

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
from torch.nn.functional import affine_grid, batch_norm, cross_entropy, grid_sample

MEAN, STD = 0.1307, 0.3081  # of the training pixels in [0, 1]


class GhostBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation that in training normalises parts of about `images` images by themselves."""

    def __init__(self, channels, images):
        super().__init__(channels)
        self.images = images

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        parts = x.tensor_split(max(1, min(round(len(x) / self.images), len(x) // 2)))
        with torch.no_grad():
            self.running_mean.lerp_(torch.stack([p.mean((0, 2, 3)) for p in parts]).mean(0), self.momentum)
            self.running_var.lerp_(torch.stack([p.var((0, 2, 3)) for p in parts]).mean(0), self.momentum)
        return torch.cat([batch_norm(p, None, None, self.weight, self.bias, True, 0.0, self.eps) for p in parts])


class Sum(nn.Module):
    """What came in at a residual block's beginning, added to what comes out."""

    def forward(self, x, skip):
        return x + skip


class Net(nn.Module):
    """float (N, 1, 28, 28), pixels in [0, 1] less MEAN over STD, to logits (N, 10)."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, bias=False)
        self.bn1 = GhostBatchNorm2d(8, 32)
        self.silu1 = nn.SiLU()
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False)
        self.bn2 = GhostBatchNorm2d(8, 32)
        self.prelu1 = nn.PReLU(8)
        self.conv3 = nn.Conv2d(8, 8, 1, bias=False)
        self.relu1 = nn.ReLU()
        self.sum1 = Sum()
        self.conv4 = nn.Conv2d(8, 8, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(8)
        self.sum2 = Sum()
        self.silu2 = nn.SiLU()
        self.conv5 = nn.Conv2d(8, 16, 3, bias=False)
        self.bn4 = GhostBatchNorm2d(16, 32)
        self.relu2 = nn.ReLU()
        self.pool2 = nn.MaxPool2d(2)
        self.pool3 = nn.AdaptiveAvgPool2d(1)
        self.conv6 = nn.Conv2d(16, 10, 1, bias=False)

    def forward(self, x):
        # after the layer: shape, parameters of the layer, receptive field
        x = self.conv1(x)        # (N, 8, 26, 26)      72     3
        x = self.bn1(x)          # (N, 8, 26, 26)      16     3
        x = self.silu1(x)        # (N, 8, 26, 26)             3
        x = self.pool1(x)        # (N, 8, 13, 13)             4
        skip1 = x                # (N, 8, 13, 13)             4
        x = self.conv2(x)        # (N, 8, 13, 13)      72     8
        x = self.bn2(x)          # (N, 8, 13, 13)      16     8
        x = self.prelu1(x)       # (N, 8, 13, 13)       8     8
        skip2 = x                # (N, 8, 13, 13)             8
        x = self.conv3(x)        # (N, 8, 13, 13)      64     8
        x = self.relu1(x)        # (N, 8, 13, 13)             8
        x = self.sum1(x, skip2)  # (N, 8, 13, 13)             8
        x = self.conv4(x)        # (N, 8, 13, 13)      64     8
        x = self.bn3(x)          # (N, 8, 13, 13)      16     8
        x = self.sum2(x, skip1)  # (N, 8, 13, 13)             8
        x = self.silu2(x)        # (N, 8, 13, 13)             8
        x = self.conv5(x)        # (N, 16, 11, 11)   1152    12
        x = self.bn4(x)          # (N, 16, 11, 11)     32    12
        x = self.relu2(x)        # (N, 16, 11, 11)           12
        x = self.pool2(x)        # (N, 16, 5, 5)             14
        x = self.pool3(x)        # (N, 16, 1, 1)             30
        x = self.conv6(x)        # (N, 10, 1, 1)      160    30
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
BATCH_SIZE = 128
LEARNING_RATE = 0.01  # at its peak
MOMENTUM = 0.9  # Adam's first beta, and Muon's momentum
WEIGHT_DECAY = 0.0001  # of convolutions' weights only
AVERAGE_DECAY = 0.998  # of the moving average of the weights, which is what is scored and kept


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


def augment(images, generator):
    """Each of the images, float (N, 1, 28, 28) in [0, 1], changed in a way of its own."""

    def drawn(reach):
        """A number for each image, evenly from -reach to reach."""
        return reach * (2 * torch.rand(len(images), generator=generator) - 1)

    turn = drawn(math.radians(10.0))
    x, y = drawn(2 * 0.07), drawn(2 * 0.07)
    scale, shear = 1 + drawn(0.1), drawn(math.radians(5.0))
    warp = affine(turn, x, y, scale, shear)
    back = torch.linalg.inv(warp)[:, :2].to(images.device)  # from places in the new image to the old
    grid = affine_grid(back, list(images.shape), align_corners=False)
    images = grid_sample(images, grid, mode="bilinear", align_corners=False)
    return images


class Muon(torch.optim.Optimizer):
    """Orthogonal steps for matrices of convolutions (kellerjordan.github.io/posts/muon), of the size that Adam's have
    (arXiv 2502.16982). The first beta is the momentum."""

    def __init__(self, weights, **settings):
        super().__init__(weights, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            rate, momentum = group["lr"], group["betas"][0]
            for weight in group["params"]:
                first = self.state[weight].setdefault("first", torch.zeros_like(weight))
                first.lerp_(weight.grad, 1 - momentum)
                x = weight.grad.lerp(first, momentum).flatten(1)
                x = x / (x.norm() + 1e-7)
                for _ in range(5):  # rounds of Newton and Schulz
                    gram = x @ x.T
                    x = 3.4445 * x + (2.0315 * gram @ gram - 4.7750 * gram) @ x
                weight.mul_(1 - rate * group["weight_decay"])
                weight.sub_(rate * 0.2 * max(x.shape) ** 0.5 * x.view(weight.shape))


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
    matrices = [weight for weight in net.parameters() if weight.dim() > 1 and weight.shape[1] > 1]
    others = [weight for weight in net.parameters() if weight.dim() == 1 or weight.shape[1] == 1]
    muon = Muon(matrices, lr=LEARNING_RATE, betas=(MOMENTUM, 0.999), weight_decay=WEIGHT_DECAY)
    kernels = [weight for weight in others if weight.dim() > 1]
    vectors = [weight for weight in others if weight.dim() == 1]
    groups = [{"params": kernels, "weight_decay": WEIGHT_DECAY}, {"params": vectors, "weight_decay": 0.0}]
    adamw = torch.optim.AdamW(groups, lr=LEARNING_RATE, betas=(MOMENTUM, 0.999))
    seeds = torch.randint(2**32, (2,), generator=torch.Generator().manual_seed(seed)).tolist()
    order, changes = (torch.Generator().manual_seed(number) for number in seeds)
    batches = len(images) // BATCH_SIZE + (len(images) % BATCH_SIZE > 1)  # a single image has no batch statistics
    steps = epochs * batches
    for epoch in range(epochs):
        net.train()
        total = seen = 0
        chosen = torch.randperm(len(images), generator=order).split(BATCH_SIZE)[:batches]
        for step, batch in enumerate(chosen, start=epoch * batches):
            for group in muon.param_groups + adamw.param_groups:
                group.update(lr=LEARNING_RATE * (1 + math.cos(math.pi * step / steps)) / 2)
            x, y = images[batch] / 255, labels[batch]
            x = augment(x, changes)
            loss = cross_entropy(net((x - MEAN) / STD), y)
            net.zero_grad()
            loss.backward()
            muon.step()
            adamw.step()
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
