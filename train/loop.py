"""The training loop: a generator of epoch scores. To stop a training, stop asking."""

import copy
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from space.recipe import Recipe, ReduceOnPlateau
from train import augment
from train.copies import side_by_side, take_apart
from train.data.dataset import Images, Split
from train.device import Precision
from train.fast.fused import with_fused_blocks
from train.fast.graph import Batch, CapturedSteps
from train.fast.optimizer import FlatTensors, Optimizer
from train.files.checkpoints import Checkpoints
from train.model import Network
from train.schedule import Plateau, learning_rates, momenta, strengths
from train.scores import Diverged, EpochScore

_TEMPERATURE = 2.0  # by which logits are divided where a network learns from a teacher's
_EVALUATION_BATCH = {"cpu": 500, "cuda": 10_000}


def train(
    model: Network,
    recipe: Recipe,
    split: Split,
    *,
    seed: int,
    precision: Precision = "fp32",
    checkpoints: Checkpoints | None = None,
    teacher: Network | None = None,
) -> Iterator[EpochScore]:
    """Trains `model` in place, on the device that it and `split` are on, and yields a score after each epoch.

    Order, augmentation and dropout follow from `seed` alone, so that equal calls give equal scores and weights:
    bit for bit on the CPU with one thread. With a weight average (whose decay is min(ema, (1 + t) / (10 + t))
    at step t from 0, or a short training would score its initial weights) it is the average that is scored,
    and that `model` holds when the last score is out. With `checkpoints` a training goes on from the last one
    written, and yields the scores up to there again. A recipe with distillation needs a `teacher` on the device.

    Raises:
        ValueError: The recipe has distillation, and there is no teacher.
        Diverged: The loss over the training or the held-out images is no longer finite.
    """
    training = Training(model, [recipe], split, seeds=[seed], precision=precision, teacher=teacher)
    scores = training.resume(checkpoints) if checkpoints else []
    yield from scores
    while len(scores) < recipe.epochs:
        (score,) = training.epoch()
        for name, value in (("loss", score.loss), ("held-out loss", score.held_loss)):
            if not math.isfinite(value):
                raise Diverged(f"the {name} is {value} in epoch {score.epoch}")
        scores.append(score)
        if checkpoints:
            facts = training.facts() | {"scores": [asdict(score) for score in scores]}
            checkpoints.write(score.epoch, training.state(), facts)
        yield score


def train_copies(
    models: Sequence[Network],
    recipes: Sequence[Recipe],
    split: Split,
    *,
    seeds: Sequence[int],
    precision: Precision = "fp32",
) -> Iterator[list[EpochScore]]:
    """Trains copies of one architecture as one program, and yields a score of each after each epoch.

    A step of so small a network is a matter of launches on a GPU, and a program of many copies launches no
    more than one of one. Each copy has the order of images that `train` gives its seed, and the same results up
    to rounding, but that augmentation and dropout are drawn from one stream for all. Recipes may differ in
    rates, momentum, weight decay and schedule. A copy that diverges has scores that are nan; the others go on.

    Raises:
        ValueError: The recipes differ in more than that.
    """
    rated = {"learning_rate", "momentum", "weight_decay", "schedule"}
    shared = [{name: value for name, value in asdict(recipe).items() if name not in rated} for recipe in recipes]
    if any(other != shared[0] for other in shared):
        raise ValueError(f"recipes of copies that train together may differ in {', '.join(sorted(rated))} only")
    together = side_by_side(models)
    training = Training(together, recipes, split, seeds=seeds, precision=precision)
    for epoch in range(recipes[0].epochs):
        scores = training.epoch()
        if epoch == recipes[0].epochs - 1:
            take_apart(together, models)
        yield scores


class Training:
    """Everything that the rest of a training follows from; of one network, or of copies side by side."""

    def __init__(
        self,
        model: Network,
        recipes: Sequence[Recipe],
        split: Split,
        *,
        seeds: Sequence[int],
        precision: Precision,
        teacher: Network | None = None,
    ) -> None:
        self.model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.recipe, self.split, self.precision, self.copies = recipes[0], split, precision, len(recipes)
        device = self.device = split.train.images.device
        drawn = [streams(seed, device) for seed in seeds]
        self.orders, (_, self.warps, self.bits) = [order for order, _, _ in drawn], drawn[0]
        if device.type == "cuda":
            torch.cuda.manual_seed(self.bits.initial_seed())  # torch's own dropout draws from no other generator
        self.net, self.flat = self._fast(model), FlatTensors(model, copies=self.copies)
        if self.recipe.distillation and (teacher is None or self.copies > 1):
            raise ValueError("a recipe with distillation needs a teacher, and trains one copy at a time")
        self.teacher = self._fast(teacher).eval() if teacher and self.recipe.distillation else None
        self.average = copy.deepcopy(model) if self.recipe.ema else None
        if self.average:
            self.scored, self.averaged = self._fast(self.average), FlatTensors(self.average, copies=self.copies)
        else:
            self.scored, self.averaged = self.net, None
        decays = self.flat.spread(torch.tensor([recipe.weight_decay for recipe in recipes], device=device))
        if not self.recipe.decay_vectors:
            decays = decays * self.flat.weights
        self.optimizer = Optimizer(self.recipe.optimizer, self.flat, decays, nesterov=self.recipe.nesterov)
        size, images = self.recipe.batch_size, len(split.train)
        self.batches = images // size + (images % size > 1)  # a single image has no batch statistics
        self.schedules = [learning_rates(recipe, self.batches) for recipe in recipes]
        # (steps, copies)
        self.rates = torch.tensor(self.schedules, device=device).T.contiguous()
        self.momenta = torch.tensor([momenta(r, self.batches) for r in recipes], device=device).T.contiguous()
        self.strengths = torch.tensor(strengths(self.recipe, self.batches), device=device)
        schedules = [recipe.schedule for recipe in recipes]
        self.plateaus = [Plateau(s if isinstance(s, ReduceOnPlateau) else None) for s in schedules]
        self.sums = torch.zeros(2, self.copies, device=device)  # over an epoch: loss times images, right answers
        self.epochs_done = 0
        self._captured = CapturedSteps(self) if device.type == "cuda" else None

    def _fast(self, model: Network) -> Network:
        return with_fused_blocks(model, self.bits) if self.device.type == "cpu" else model

    def epoch(self) -> list[EpochScore]:
        """Trains for one more epoch and scores it; the device is waited for once."""
        began, images, size = time.perf_counter(), len(self.split.train), self.recipe.batch_size
        orders = [torch.randperm(images, generator=order, device=self.device) for order in self.orders]
        steps = slice(self.epochs_done * self.batches, (self.epochs_done + 1) * self.batches)
        factors = torch.tensor([plateau.factor for plateau in self.plateaus], device=self.device)
        batches = zip(
            torch.stack(orders, 1).split(size)[: self.batches],
            self.rates[steps] * factors,
            self.momenta[steps],
            self.strengths[steps],
            strict=True,
        )
        self.net.train()
        self.sums.zero_()
        for batch in self._captured.run(list(batches)) if self._captured else batches:
            self.step(*batch)
        self.epochs_done += 1
        if self.average and self.epochs_done == self.recipe.epochs:
            self.model.load_state_dict(self.average.state_dict())
        figures = torch.cat([self.sums.double(), self.evaluate()]).T.tolist()
        seconds, seen = time.perf_counter() - began, min(images, self.batches * size)
        scores = []
        for plateau, rates, (loss, correct, held_loss, held_correct) in zip(
            self.plateaus, self.schedules, figures, strict=True
        ):
            scores.append(
                EpochScore(
                    epoch=self.epochs_done,
                    loss=loss / seen,
                    training_accuracy=correct / seen,
                    accuracy=held_correct / len(self.split.held_out),
                    held_loss=held_loss / len(self.split.held_out),
                    learning_rate=rates[steps.start] * plateau.factor,
                    seconds=seconds,
                )
            )
            plateau.epoch(loss / seen)
        return scores

    def first_batch(self) -> Batch:
        """Arguments for `step`: the first images, at rate 0."""
        numbers = torch.arange(min(self.recipe.batch_size, len(self.split.train)), device=self.device)
        return numbers.unsqueeze(1).expand(-1, self.copies), 0 * self.rates[0], self.momenta[0], self.strengths[0]

    def step(self, chosen: Tensor, rate: Tensor, momentum: Tensor, strength: Tensor) -> None:
        """One batch of each copy. chosen: (N, copies) numbers of images; rate, momentum: (copies,); strength: of
        the augmentation, (). Waits for nothing, so that a CUDA graph can hold it."""
        x, y = self.assemble(chosen, strength)
        logits, losses = self.forward(x, y)
        self.backward(losses)
        self.update(rate, momentum)
        with torch.no_grad():
            self.sums[0] += losses * len(y)
            self.sums[1] += (logits.argmax(2) == y).sum(0)

    def assemble(self, chosen: Tensor, strength: Tensor) -> tuple[Tensor, Tensor]:
        """Augmented and normalised images (N, copies, 28, 28), and labels (N, copies)."""
        images, labels = self.split.train.images[chosen.view(-1)], self.split.train.labels[chosen]
        x, side, steps = _unit(images), images.shape[-1], self.recipe.augmentation
        if steps:
            x = augment.apply(x, augment.sample(steps, len(x), side, self.warps, strength))
        return x.sub_(self.split.mean).div_(self.split.std).view(*chosen.shape, side, side), labels

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (N, copies, 10) and losses (copies,)."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16", cache_enabled=False):
            logits = self.net(x)
        logits, smoothing = logits.float().view(*y.shape, -1), self.recipe.label_smoothing
        losses = functional.cross_entropy(logits.transpose(1, 2), y, reduction="none", label_smoothing=smoothing)
        if self.teacher:
            share, told = self.recipe.distillation, self._told(self.teacher, x).view_as(logits)
            given = functional.log_softmax(logits / _TEMPERATURE, 2)
            # The square keeps the gradient's size whatever the temperature (section 2 of the paper).
            losses = (1 - share) * losses - share * _TEMPERATURE**2 * (told * given).sum(2)
        return logits, losses.mean(0)

    @torch.no_grad()
    def _told(self, teacher: Network, x: Tensor) -> Tensor:
        """The teacher's softened answers, (N, 10)."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16", cache_enabled=False):
            logits = teacher(x)
        return functional.softmax(logits.float() / _TEMPERATURE, 1)

    def backward(self, losses: Tensor) -> None:
        self.flat.gradient.zero_()
        losses.sum().backward()

    @torch.no_grad()
    def update(self, rate: Tensor, momentum: Tensor) -> None:
        self.optimizer.step(self.flat.spread(rate), self.flat.spread(momentum))
        if self.averaged:
            steps = self.optimizer.state["steps"]
            self.averaged.values.lerp_(self.flat.values, 1 - (steps / (9 + steps)).clamp_(max=self.recipe.ema))

    def evaluate(self) -> Tensor:
        """(2, copies): cross-entropies and right answers over the held-out images, summed up."""
        return _sums(self.scored, self.split.held_out, self.split.mean, self.split.std, copies=self.copies)

    def state(self) -> dict[str, Tensor]:
        """Copies of every tensor that the rest of the training depends on, by name."""
        networks = {"model": self.model} | ({"average": self.average} if self.average else {})
        tensors = {f"{which}.{name}": t for which, net in networks.items() for name, t in net.state_dict().items()}
        tensors |= {f"optimizer.{name}": tensor for name, tensor in self.optimizer.state.items()}
        return {name: tensor.detach().clone() for name, tensor in tensors.items()} | {
            f"random.{name}": generator.get_state() for name, generator in self._generators().items()
        }

    def facts(self) -> dict[str, Any]:
        """And what else it depends on."""
        return {"epochs": self.epochs_done, "plateaus": [plateau.state for plateau in self.plateaus]}

    def restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Takes over a state. Raises KeyError, RuntimeError or ValueError where it is not of such a training."""
        for which, net in (("model", self.model), ("average", self.average)):
            if net:
                net.load_state_dict({name: tensors[f"{which}.{name}"] for name in net.state_dict()})
        for name, tensor in self.optimizer.state.items():
            tensor.copy_(tensors[f"optimizer.{name}"])
        for name, generator in self._generators().items():
            generator.set_state(tensors[f"random.{name}"])
        self.epochs_done = facts["epochs"]
        for plateau, state in zip(self.plateaus, facts["plateaus"], strict=True):
            plateau.state = state

    def _generators(self) -> dict[str, Generator]:
        own = {f"order {i}": order for i, order in enumerate(self.orders)} | {"warps": self.warps, "bits": self.bits}
        if self.device.type == "cuda":
            own["cuda"] = torch.cuda.default_generators[self.device.index or 0]
        return own

    def resume(self, checkpoints: Checkpoints) -> list[EpochScore]:
        """Goes on from the newest checkpoint that can be read; returns the scores up to there."""
        begun = self.state(), self.facts()
        for tensors, facts in checkpoints.newest_first():
            try:
                self.restore(tensors, facts)
                return [EpochScore(**score) for score in facts["scores"]]
            except (KeyError, RuntimeError, TypeError, ValueError) as error:
                checkpoints.refused(error)
        self.restore(*begun)
        return []


def evaluate(model: nn.Module, images: Images, mean: float, std: float) -> tuple[float, float]:
    """Share classified correctly, and mean cross-entropy in nats; `model` is left in evaluation mode."""
    loss, correct = _sums(model, images, mean, std, copies=1)[:, 0].tolist()
    return correct / len(images), loss / len(images)


def _sums(model: nn.Module, images: Images, mean: float, std: float, *, copies: int) -> Tensor:
    """(2, copies): cross-entropies and right answers, summed up."""
    model.eval()
    size, total = _EVALUATION_BATCH[images.images.device.type], 0
    with torch.inference_mode():
        for x, y in zip(images.images.split(size), images.labels.split(size), strict=True):
            x = _unit(x).sub_(mean).div_(std).expand(-1, copies, -1, -1)
            logits = model(x).view(len(y), copies, -1).permute(0, 2, 1)
            target = y.unsqueeze(1).expand(-1, copies)
            losses = functional.cross_entropy(logits, target, reduction="none")
            total += torch.stack([losses.double().sum(0), (logits.argmax(1) == target).double().sum(0)])
    assert isinstance(total, Tensor)
    return total


def _unit(images: Tensor) -> Tensor:
    """uint8 to float in [0, 1]."""
    return images.float().mul_(1 / 255)


def streams(seed: int, device: torch.device | None = None) -> list[Generator]:
    """Generators of the order, the augmentation and the dropout of a training. Their seeds are drawn, because
    torch's CPU generator keeps the low 32 bits of a seed only: apart by 2**32, two would be the same."""
    root = Generator().manual_seed(seed)
    drawn = torch.randint(2**32, (3,), generator=root).tolist()
    return [Generator(device or "cpu").manual_seed(number) for number in drawn]
