"""The training loop: a generator of epoch scores. To stop a training, stop asking."""

import copy
import math
import time
from collections.abc import Iterator

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from space.recipe import Recipe, ReduceOnPlateau
from train import augment
from train.data import Images, Split
from train.dropout import with_bulk_dropout
from train.optimizer import build_optimizer, set_step
from train.schedule import Plateau, learning_rates, momenta
from train.scores import Diverged, EpochScore

_EVALUATION_BATCH = 500


def train(model: nn.Sequential, recipe: Recipe, split: Split, *, seed: int) -> Iterator[EpochScore]:
    """Trains `model` in place for the recipe's epochs and yields a score after each.

    Order, augmentation and dropout follow from `seed` alone, so that on one thread equal calls give equal
    scores and weights, bit for bit. With a weight average (whose decay is min(ema, (1 + t) / (10 + t)) at
    step t from 0, or a short training would score its initial weights) it is the average that is scored,
    and that `model` holds when the last score is out.

    Raises:
        Diverged: The loss over the training or the held-out images is no longer finite.
    """
    order, warps, bits = streams(seed)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    net = with_bulk_dropout(model, bits)
    optimizer = build_optimizer(model.parameters(), recipe)
    batches = _batch_count(len(split.train), recipe.batch_size)
    rates, pushes = learning_rates(recipe, batches), momenta(recipe, batches)
    plateau = Plateau(recipe.schedule) if isinstance(recipe.schedule, ReduceOnPlateau) else None
    average = copy.deepcopy(model) if recipe.ema else None
    averaged, raw = _floats(average) if average else [], _floats(model)
    images, labels = split.train.images, split.train.labels
    step = 0

    for epoch in range(1, recipe.epochs + 1):
        began, first = time.perf_counter(), step
        scale = plateau.factor if plateau else 1.0
        loss_sum, correct, seen = torch.zeros(()), torch.zeros((), dtype=torch.int64), 0
        net.train()
        for chosen in torch.randperm(len(labels), generator=order).split(recipe.batch_size)[:batches]:
            set_step(optimizer, rate=scale * rates[step], momentum=pushes[step])
            x = _augmented(images[chosen], recipe, warps).sub_(split.mean).div_(split.std)
            y = labels[chosen]
            logits = net(x)
            loss = functional.cross_entropy(logits, y, label_smoothing=recipe.label_smoothing)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                if average:
                    decay = min(recipe.ema, (1 + step) / (10 + step))
                    torch._foreach_lerp_(averaged, raw, 1 - decay)  # pyright: ignore[reportPrivateImportUsage]
                loss_sum += loss * len(y)
                correct += (logits.argmax(1) == y).sum()
            seen += len(y)
            step += 1

        mean_loss = loss_sum.item() / seen
        if not math.isfinite(mean_loss):
            raise Diverged(f"the loss is {mean_loss} in epoch {epoch}")
        if plateau:
            plateau.epoch(mean_loss)
        if average and epoch == recipe.epochs:
            model.load_state_dict(average.state_dict())
        accuracy, held_loss = evaluate(average or model, split.held_out, split.mean, split.std)
        if not math.isfinite(held_loss):
            raise Diverged(f"the held-out loss is {held_loss} in epoch {epoch}")
        yield EpochScore(
            epoch=epoch,
            loss=mean_loss,
            training_accuracy=correct.item() / seen,
            accuracy=accuracy,
            held_loss=held_loss,
            learning_rate=scale * rates[first],
            seconds=time.perf_counter() - began,
        )


def evaluate(model: nn.Module, images: Images, mean: float, std: float) -> tuple[float, float]:
    """Share classified correctly, and mean cross-entropy in nats; `model` is left in evaluation mode."""
    model.eval()
    correct, loss = 0.0, 0.0
    with torch.inference_mode():
        batches = zip(images.images.split(_EVALUATION_BATCH), images.labels.split(_EVALUATION_BATCH), strict=True)
        for x, y in batches:
            logits = model(_unit(x).sub_(mean).div_(std))
            correct += (logits.argmax(1) == y).sum().item()
            loss += functional.cross_entropy(logits, y, reduction="sum").item()
    return correct / len(images), loss / len(images)


def _batch_count(images: int, batch: int) -> int:
    """Batches an epoch: the last may be short, but a single image has no batch statistics."""
    return images // batch + (images % batch > 1)


def _unit(images: Tensor) -> Tensor:
    """uint8 to float in [0, 1]."""
    return images.float().mul_(1 / 255)


def _augmented(images: Tensor, recipe: Recipe, generator: Generator) -> Tensor:
    x = _unit(images)
    if not recipe.augmentation:
        return x
    return augment.apply(x, augment.sample(recipe.augmentation, len(x), x.shape[-1], generator))


def _floats(model: nn.Module) -> list[Tensor]:
    """The weights and the running statistics that belong to them."""
    return [tensor for tensor in [*model.parameters(), *model.buffers()] if tensor.is_floating_point()]


def streams(seed: int) -> list[Generator]:
    """Generators of the order, the augmentation and the dropout of a training. Their seeds are drawn, because
    torch's CPU generator keeps the low 32 bits of a seed only: apart by 2**32, two would be the same."""
    root = Generator().manual_seed(seed)
    return [Generator().manual_seed(int(drawn)) for drawn in torch.randint(2**32, (3,), generator=root)]
