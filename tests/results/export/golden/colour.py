"""A golden file.

    held-out accuracy 99.00 %, one seed

    4,056 parameters, 470,048 multiply-adds an image, receptive field 43
    by hand
    exported 2026-01-01 with torch 2.13.0

The network:

    3x32x32 c8 relu bn mpb [ c8k3p1g8 gbn16 prelu c8k1 bn ] silu c16 relu bn mp c16k3p1 relu gap
    c10k1

Its training:

    adamw lr 0.01 momentum 0.95 to 0.85 to 0.95, weight decay 0.0001, batch 64, OneCycle(warmup 0.3
    start_divisor 25 end_divisor 10000 anneal cosine), Flip() then Crop(padding 4 fill mirror) then
    ColourJitter(brightness 0.2 contrast 0.2 saturation 0.2) then Cutout(share 0.25), fading over
    the last 0.2, label smoothing 0.05, weight average 0.999, 15 epochs

`python net.py [WEIGHTS]` counts it and, with weights, loads them and runs it.
`python net.py [WEIGHTS] PICTURE ...` prints the class of each picture and the network's share for it. Without WEIGHTS
it takes those that lie beside this file, in
    net.safetensors
`python net.py --data FILE` trains it again on all training images of an .npz file or a folder of pictures,
and reads the test images after each epoch.
"""

import argparse
import copy
import math
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.functional import batch_norm, cross_entropy, pad

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SHAPE = (3, 32, 32)  # channels, height and width of an image
MEAN, STD = (0.25, 0.24, 0.26), (0.2, 0.19, 0.21)  # of the training pixels in [0, 1], one a channel


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
    """float (N, 3, 32, 32), pixels in [0, 1] less MEAN over STD, to logits (N, 10)."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, bias=False)
        self.relu1 = nn.ReLU()
        self.bn1 = nn.BatchNorm2d(8)
        self.pool1 = nn.Sequential(nn.MaxPool2d(2, 1), nn.AvgPool2d(2))
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False)
        self.bn2 = GhostBatchNorm2d(8, 16)
        self.prelu1 = nn.PReLU(8)
        self.conv3 = nn.Conv2d(8, 8, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(8)
        self.sum1 = Sum()
        self.silu1 = nn.SiLU()
        self.conv4 = nn.Conv2d(8, 16, 3, bias=False)
        self.relu2 = nn.ReLU()
        self.bn4 = nn.BatchNorm2d(16)
        self.pool2 = nn.MaxPool2d(2)
        self.conv5 = nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.relu3 = nn.ReLU()
        self.pool3 = nn.AdaptiveAvgPool2d(1)
        self.conv6 = nn.Conv2d(16, 10, 1, bias=False)

    def forward(self, x):
        # after the layer: shape, parameters of the layer, receptive field
        x = self.conv1(x)        # (N, 8, 30, 30)     216     3
        x = self.relu1(x)        # (N, 8, 30, 30)             3
        x = self.bn1(x)          # (N, 8, 30, 30)      16     3
        x = self.pool1(x)        # (N, 8, 14, 14)             5
        skip1 = x                # (N, 8, 14, 14)             5
        x = self.conv2(x)        # (N, 8, 14, 14)      72     9
        x = self.bn2(x)          # (N, 8, 14, 14)      16     9
        x = self.prelu1(x)       # (N, 8, 14, 14)       8     9
        x = self.conv3(x)        # (N, 8, 14, 14)      64     9
        x = self.bn3(x)          # (N, 8, 14, 14)      16     9
        x = self.sum1(x, skip1)  # (N, 8, 14, 14)             9
        x = self.silu1(x)        # (N, 8, 14, 14)             9
        x = self.conv4(x)        # (N, 16, 12, 12)   1152    13
        x = self.relu2(x)        # (N, 16, 12, 12)           13
        x = self.bn4(x)          # (N, 16, 12, 12)     32    13
        x = self.pool2(x)        # (N, 16, 6, 6)             15
        x = self.conv5(x)        # (N, 16, 6, 6)     2304    23
        x = self.relu3(x)        # (N, 16, 6, 6)             23
        x = self.pool3(x)        # (N, 16, 1, 1)             43
        x = self.conv6(x)        # (N, 10, 1, 1)      160    43
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


def normalised(pixels):
    """Pixels, float (N, 3, 32, 32) in [0, 1], as the network takes them."""
    mean, std = (torch.tensor(moments, device=pixels.device).view(-1, 1, 1) for moments in (MEAN, STD))
    return (pixels - mean) / std


def picture(file):
    """The pixels of a picture, uint8 (3, 32, 32): turned as its EXIF data say, on white, in the network's size."""
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise SystemExit("reading pictures needs Pillow: pip install pillow") from None
    try:
        with Image.open(file) as image:
            if image.mode == "F" or (image.mode == "I" and image.format in ("TIFF", None)):
                raise ValueError("its pixels are of 32 bits; save it with 8 or 16")
            image = ImageOps.exif_transpose(image)
            if image.mode.startswith("I"):  # 16 bits
                image = Image.fromarray(((np.asarray(image).astype(int) + 128) // 257).clip(0, 255).astype(np.uint8))
            elif "A" in image.mode or "transparency" in image.info:
                image = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            image = image.convert("RGB")
            pixels = np.array(image.resize((SHAPE[2], SHAPE[1]), Image.Resampling.BILINEAR))
    except Exception as error:  # each format has errors of its own
        raise ValueError(f"{file} cannot be read as a picture ({error})") from None
    return torch.from_numpy(pixels).permute(2, 0, 1)


def classify(net, files):
    """Prints a line for each picture: the class that the network takes it for, and its share. False: not all can be
    read."""
    all_read, encoding = True, sys.stdout.encoding or "utf-8"
    for file in files:
        try:
            pixels = picture(file)
        except ValueError as error:
            print(error, file=sys.stderr)
            all_read = False
            continue
        with torch.inference_mode():
            share, number = net(normalised(pixels.unsqueeze(0) / 255)).softmax(1).max(1)
        line = f"{file}: {CLASSES[number]}, {percent(share.item(), 1)}"
        print(line.encode(encoding, "backslashreplace").decode(encoding))
    return all_read


# How it was trained, and is again by `python net.py --data FILE`.

EPOCHS = 15
LAST_EPOCHS = 5  # whose mean is the accuracy; of other --epochs the last third, 5 at most
BATCH_SIZE = 64
LEARNING_RATE = 0.01  # at its peak
WEIGHT_DECAY = 0.0001
LABEL_SMOOTHING = 0.05  # share of the target that is spread over all classes
AVERAGE_DECAY = 0.999  # of the moving average of the weights, which is what is scored and kept
FADE = 0.2  # share of the steps, at the end, in which the augmentation's ranges shrink to nothing


def read(place):
    """Images, uint8 (N, 3, 32, 32), and labels (N,) to train on, then those to test with: of an .npz file as Thimble
    writes it, or of pictures in train/CLASS and test/CLASS of a folder."""
    parts = read_folder(place) if place.is_dir() else read_file(place)
    return [tensor for part in parts for tensor in part]


def read_file(file):
    """Of an .npz file: x_train, y_train, x_test, y_test, and class_names, which are CLASSES."""
    try:
        with file.open("rb") as content, np.load(content) as stored:
            names = stored["class_names"].tolist()
            arrays = [(stored[f"x_{part}"], stored[f"y_{part}"]) for part in ("train", "test")]
        parts = [(torch.from_numpy(x), torch.from_numpy(y).long()) for x, y in arrays]
    except Exception as error:  # of zip files, of arrays and of the system
        raise SystemExit(f"{file} is no .npz file with all that it must have, or damaged ({error})") from None
    if names != list(CLASSES):
        raise SystemExit(f"{file} is of other classes than this network, whose first is {CLASSES[0]}")
    for x, y in parts:
        if x.dtype != torch.uint8 or x.shape[1:] != (32, 32, 3) or y.shape != x.shape[:1] or len(x) < 2:
            raise SystemExit(f"{file} must hold uint8 images (N, 32, 32, 3), two or more, with a label each")
        if y.min() < 0 or y.max() >= 10:
            raise SystemExit(f"{file} holds labels from {y.min()} to {y.max()}; they must go from 0 to 9")
    return [(x.permute(0, 3, 1, 2).contiguous(), y) for x, y in parts]


SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")


def read_folder(folder):
    """Of a folder of pictures, in train/CLASS, test/CLASS and, if it has one, val/CLASS, to train on too."""
    parts = {place.name.lower(): place for place in sorted(folder.iterdir(), reverse=True) if place.is_dir()}

    def found(*names):
        return next((parts[name] for name in names if name in parts), None)

    train = read_part(found("train", "training") or folder / "train")
    test = read_part(found("test", "testing") or folder / "test")
    if held_out := found("val", "valid", "validation"):
        train = [torch.cat(both) for both in zip(train, read_part(held_out), strict=True)]
    return [train, test]


def read_part(place):
    """Of a folder with pictures of each class in a folder of its own, at any depth; hidden ones are left out."""
    if not place.is_dir():
        raise SystemExit(f"{place} is missing; Thimble's `export --data` makes an .npz file of any data")
    images, labels = [], []
    try:
        names = {entry.name for entry in place.iterdir() if entry.is_dir() and not entry.name.startswith(".")}
        if wrong := sorted(names ^ set(CLASSES)):
            raise ValueError(f"{place / wrong[0]} is {'no class' if wrong[0] in names else 'missing'}")
        for label, name in enumerate(CLASSES):
            below = [file.relative_to(place) for file in sorted((place / name).rglob("*"))]
            files = [place / file for file in below if not any(part.startswith(".") for part in file.parts)]
            pictures = [picture(file) for file in files if file.suffix.lower() in SUFFIXES]
            if not pictures:
                raise ValueError(f"{place / name} holds no pictures")
            images += pictures
            labels += [label] * len(pictures)
    except (OSError, ValueError) as error:
        raise SystemExit(str(error)) from None
    return [torch.stack(images), torch.tensor(labels)]


def one_cycle(step, steps, start, middle, end):
    """From start to middle over the first 30 % of the steps, then on to end, each along half a cosine."""

    def between(first, last, share):
        return last + (first - last) * (1 + math.cos(math.pi * share)) / 2

    top = max(0.0, 0.3 * steps - 1)
    if step < top:
        return between(start, middle, step / top)
    return between(middle, end, (step - top) / max(1.0, steps - 1 - top))


def crop(images, padding, mode, generator):
    """Images padded by so many pixels, cut back at a place that each has of its own."""
    places = 2 * padding + 1
    drawn = (places * torch.rand(len(images), 1, generator=generator) for _ in range(2))
    rows, columns = (
        torch.arange(side) + first.floor().clamp(max=places - 1).long()
        for first, side in zip(drawn, images.shape[2:], strict=True)
    )
    padded = pad(images, [padding] * 4, mode).permute(0, 2, 3, 1)
    numbers = torch.arange(len(images)).view(-1, 1, 1)
    return padded[numbers, rows.unsqueeze(2), columns.unsqueeze(1)].permute(0, 3, 1, 2)


def cutout(images, side, generator):
    """Images with a black square, of that side in pixels, at a place that each has of its own."""
    centres = [pixels * torch.rand(len(images), 1, generator=generator) for pixels in images.shape[2:]]
    rows, columns = (
        (torch.arange(pixels) + 0.5 - centre).abs() < side / 2
        for pixels, centre in zip(images.shape[2:], centres, strict=True)
    )
    black = rows.view(len(images), 1, -1, 1) & columns.view(len(images), 1, 1, -1)
    return images.masked_fill(black.to(images.device), 0.0)


def colour_jitter(images, factors, order):
    """Scales brightness, contrast about the mean grey value, and saturation, in an order that each image has of its
    own; both are (N, 3)."""
    factors, order = factors.to(images.device), order.to(images.device)
    for turn in range(3):
        what = order[:, turn].view(-1, 1, 1, 1)
        factor = factors.gather(1, order[:, turn : turn + 1]).view(-1, 1, 1, 1)
        red, green, blue = images.split(1, 1)
        grey = 0.2989 * red + 0.587 * green + 0.114 * blue
        other = torch.where(what == 1, grey.mean((1, 2, 3), keepdim=True), grey)
        images = (factor * images + (1 - factor) * torch.where(what == 0, 0.0, other)).clamp(0, 1)
    return images


def augment(images, generator, strength):
    """Each of the images, float (N, 3, 32, 32) in [0, 1], changed in a way of its own; strength is in [0, 1]."""

    def drawn(reach):
        """A number for each image, evenly from -reach to reach."""
        return reach * strength * (2 * torch.rand(len(images), generator=generator) - 1)

    mirrored = torch.rand(len(images), 1, 1, 1, generator=generator).to(images.device) < 0.5
    images = torch.where(mirrored, images.flip(3), images)
    images = crop(images, round(4 * strength), "reflect", generator)
    factors = torch.stack([1 + drawn(0.2), 1 + drawn(0.2), 1 + drawn(0.2)], 1)
    order = torch.rand(len(images), 3, generator=generator).argsort(1)
    images = colour_jitter(images, factors, order)
    images = cutout(images, 0.25 * 32 * strength, generator)
    return images


def accuracy(net, images, labels):
    """Share of the images, uint8 (N, 3, 32, 32), that the network gets right."""
    net.eval()
    with torch.inference_mode():
        parts = zip(images.split(1000), labels.split(1000), strict=True)
        right = sum((net(normalised(x / 255)).argmax(1) == y).sum().item() for x, y in parts)
    return right / len(labels)


def train(place, seed=0, epochs=EPOCHS):
    """After each epoch the network so far, the mean training loss, and the share of the test images that it gets
    right. Weights, order and augmentation follow from the seed."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    images, labels, test_images, test_labels = (tensor.to(device) for tensor in read(place))

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
            loss = cross_entropy(net(normalised(x)), y, label_smoothing=LABEL_SMOOTHING)
            net.zero_grad()
            loss.backward()
            optimizer.step()
            total, seen = total + loss.item() * len(y), seen + len(y)
            share = 1 - min(AVERAGE_DECAY, (1 + step) / (10 + step))  # larger at first, to forget the first weights
            for kept, new in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
                if kept.is_floating_point():  # running statistics too, but not their count
                    kept.lerp_(new, share)
        yield average, total / seen, accuracy(average, test_images, test_labels)


def run(place, seed, epochs, save):
    """Trains, prints a line an epoch, and writes the weights to the file `save`, if one is given."""
    write = torch.save
    if save and save.lower().endswith(".safetensors"):
        try:
            from safetensors.torch import save_file as write
        except ImportError:
            raise SystemExit(f"{save} needs safetensors: pip install safetensors, or --save a .pt file") from None
    scores, began = [], time.perf_counter()
    for net, loss, score in train(place, seed, epochs):
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
    parser = argparse.ArgumentParser(description="A small network that tells 10 classes of images apart.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("files", nargs="*", default=[], help="load these weights; print the classes of these pictures")
    what.add_argument("--data", type=Path, metavar="FILE", help="train on the images of this .npz file or folder")
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
    weights = [file for file in given.files if file.lower().endswith((".safetensors", ".pt", ".pth"))]
    pictures = [file for file in given.files if file not in weights]
    if pictures and not weights:
        weights = [Path(__file__).parent / "net.safetensors"]
    if len(weights) > 1:
        parser.error("one file of weights is enough")
    try:
        net = load(weights[0]) if weights else Net().eval()
    except Exception as error:  # of torch, of safetensors and of the system
        why = str(error).partition("\n")[0]
        raise SystemExit(f"{weights[0]} cannot be loaded as the weights of this network ({why})") from None
    if pictures:
        raise SystemExit(0 if classify(net, pictures) else 1)
    print(sum(weights.numel() for weights in net.parameters()), "parameters")
    with torch.inference_mode():
        print(net(normalised(torch.rand(2, *SHAPE))).softmax(1))
