"""Trains a network, as a generator of epoch scores; to stop a training, stop asking."""

import copy
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from space.recipe import Recipe, ReduceOnPlateau
from train import augment
from train.changes import Change
from train.data.split import Split
from train.device import Precision
from train.evaluation import cross_entropies, evaluation_sums, normalise, unit_pixels
from train.fast.engine import BlockNetwork
from train.fast.graph import Batch, CapturedSteps
from train.fast.optimizer import FlatTensors, Optimizer
from train.files.checkpoints import Checkpoints
from train.model import Network
from train.schedule import Plateau, learning_rates, momenta, strengths
from train.scores import Diverged, EpochScore

_TEMPERATURE = 2.0  # by which logits are divided where a network learns from a teacher's


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
    training = Training(model, recipe, split, seed=seed, precision=precision, teacher=teacher)
    scores = training.resume(checkpoints) if checkpoints else []
    yield from scores
    while len(scores) < recipe.epochs:
        score = training.epoch()
        for name, value in (("loss", score.loss), ("held-out loss", score.held_loss)):
            if not math.isfinite(value):
                raise Diverged(f"the {name} is {value} in epoch {score.epoch}")
        scores.append(score)
        if checkpoints:
            facts = training.facts() | {"scores": [asdict(score) for score in scores]}
            checkpoints.write(score.epoch, training.state(), facts)
        yield score


class Training:
    """A training under way: everything that the rest of it follows from."""

    def __init__(
        self,
        model: Network,
        recipe: Recipe,
        split: Split,
        *,
        seed: int,
        precision: Precision,
        teacher: Network | None = None,
    ) -> None:
        if recipe.distillation and teacher is None:
            raise ValueError("a recipe with distillation needs a teacher")
        self.model, self.recipe, self.split = model, recipe, split
        self.precision: Precision = precision
        device = self.device = split.train.images.device
        if device.type == "cuda":
            model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.order, self.warps, self.bits = streams(seed, device)
        if device.type == "cuda":
            torch.cuda.manual_seed(self.bits.initial_seed())  # torch's own dropout draws from no other generator
        self.net, self.flat = self._fast(model), FlatTensors(model)
        self.teacher = self._fast(teacher).eval() if teacher and recipe.distillation else None
        self.average = copy.deepcopy(model) if recipe.ema else None
        if self.average:
            self.scored, self.averaged = self._fast(self.average), FlatTensors(self.average)
        else:
            self.scored, self.averaged = self.net, None
        decay = torch.tensor(recipe.weight_decay, device=device)
        if not recipe.decay_vectors:
            decay = decay * self.flat.weights
        self.optimizer = Optimizer(recipe.optimizer, self.flat, decay, nesterov=recipe.nesterov)
        size, images = recipe.batch_size, len(split.train)
        self.batches = images // size + (images % size > 1)  # a single image has no batch statistics
        self.schedule = learning_rates(recipe, self.batches)
        self.rates = torch.tensor(self.schedule, device=device)  # (steps,), as those that follow
        self.momenta = torch.tensor(momenta(recipe, self.batches), device=device)
        self.strengths = torch.tensor(strengths(recipe, self.batches), device=device)
        self.plateau = Plateau(recipe.schedule if isinstance(recipe.schedule, ReduceOnPlateau) else None)
        self.sums = torch.zeros(2, device=device)  # over an epoch: loss times images, right answers
        self.epochs_done = 0
        self._drawn: Iterator[list[Change]] = iter(())  # the augmentation of the batches that come next, on a CPU
        self._captured: CapturedSteps | None = None
        if device.type == "cuda":
            self._captured = CapturedSteps(self.step, batch_size=size, generator=self.warps, rehearsal=self.rehearsal)

    def _fast(self, model: Network) -> nn.Module:
        """Returns what runs the network on this device: itself on a GPU, where its steps are captured."""
        if self.device.type == "cuda":
            return model
        channels, height, width = self.split.train.images.shape[1:]
        return BlockNetwork(model, (channels, height, width), self.bits, self.precision)

    def epoch(self) -> EpochScore:
        """Trains for one more epoch and scores it; the device is waited for once."""
        began, first_step = time.perf_counter(), self.epochs_done * self.batches
        self.net.train()
        self.sums.zero_()
        batches = self._batches(first_step)
        if not self._captured:
            self._drawn = self._ahead(self.strengths[first_step : first_step + self.batches])
        for batch in self._captured.run(list(batches)) if self._captured else batches:
            self.step(*batch)
        self.epochs_done += 1
        if self.average and self.epochs_done == self.recipe.epochs:
            self.model.load_state_dict(self.average.state_dict())
        loss, correct, held_loss, held_correct = torch.cat([self.sums.double(), self.evaluate()]).tolist()  # waits
        seen = min(len(self.split.train), self.batches * self.recipe.batch_size)
        score = EpochScore(
            epoch=self.epochs_done,
            loss=loss / seen,
            training_accuracy=correct / seen,
            accuracy=held_correct / len(self.split.held_out),
            held_loss=held_loss / len(self.split.held_out),
            learning_rate=self.schedule[first_step] * self.plateau.factor,
            seconds=time.perf_counter() - began,
        )
        self.plateau.epoch(score.loss)
        return score

    def _batches(self, first_step: int) -> Iterator[Batch]:
        """Yields the arguments of `step` for an epoch whose first step has that number."""
        steps = slice(first_step, first_step + self.batches)
        order = torch.randperm(len(self.split.train), generator=self.order, device=self.device)
        return zip(
            order.split(self.recipe.batch_size)[: self.batches],
            self.rates[steps] * self.plateau.factor,
            self.momenta[steps],
            self.strengths[steps],
            strict=True,
        )

    def _ahead(self, strengths: Tensor) -> Iterator[list[Change]]:
        """Yields the augmentation of each full batch of an epoch, drawn for many at once."""
        (images, _, height, width), n = self.split.train.images.shape, self.recipe.batch_size
        return augment.ahead(self.recipe.augmentation, n, (height, width), self.warps, strengths[: images // n])

    def first_batch(self) -> Batch:
        """Returns arguments for `step`: the first images, at rate 0."""
        numbers = torch.arange(min(self.recipe.batch_size, len(self.split.train)), device=self.device)
        return numbers, 0 * self.rates[0], self.momenta[0], self.strengths[0]

    def step(self, chosen: Tensor, rate: Tensor, momentum: Tensor, strength: Tensor) -> None:
        """Trains on one batch; waits for nothing, so that a CUDA graph can have it.

        Args:
            chosen: Numbers of images, (N,).
            rate: The learning rate, ().
            momentum: Or Adam's first beta, ().
            strength: By what the augmentation's ranges are scaled, ().
        """
        x, y = self.assemble(chosen, strength)
        logits, loss = self.forward(x, y)
        self.backward(loss)
        self.update(rate, momentum)
        with torch.no_grad():
            self.sums[0] += loss * len(y)
            self.sums[1] += (logits.argmax(1) == y).sum()

    def assemble(self, chosen: Tensor, strength: Tensor) -> tuple[Tensor, Tensor]:
        """Returns augmented and normalised images (N, C, H, W), and labels (N,)."""
        x, steps = unit_pixels(self.split.train.images[chosen]), self.recipe.augmentation
        if steps:
            drawn = next(self._drawn, None) if len(x) == self.recipe.batch_size else None
            size = x.shape[2], x.shape[3]
            x = augment.apply(x, drawn or augment.sample(steps, len(x), size, self.warps, strength))
        return normalise(x, self.split.mean, self.split.std), self.split.train.labels[chosen]

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Returns logits (N, classes) and the mean loss ()."""
        logits = self._logits(self.net, x)
        losses = cross_entropies(logits, y, label_smoothing=self.recipe.label_smoothing)
        if self.teacher:
            share, answers = self.recipe.distillation, self._softened_answers(self.teacher, x)
            given = functional.log_softmax(logits / _TEMPERATURE, 1)
            # The square keeps the gradient's size whatever the temperature (section 2 of the paper).
            losses = (1 - share) * losses - share * _TEMPERATURE**2 * (answers * given).sum(1)
        return logits, losses.mean()

    def _logits(self, net: nn.Module, x: Tensor) -> Tensor:
        """Returns float32 logits (N, classes), computed in the training's precision."""
        on_gpu = self.device.type == "cuda"  # where torch computes, and not the engine, which knows the precision
        with torch.autocast("cuda", torch.bfloat16, enabled=on_gpu and self.precision == "bf16", cache_enabled=False):
            return net(x).float()

    @torch.no_grad()
    def _softened_answers(self, teacher: nn.Module, x: Tensor) -> Tensor:
        """Returns the teacher's probabilities (N, classes) at the temperature."""
        return functional.softmax(self._logits(teacher, x) / _TEMPERATURE, 1)

    def backward(self, loss: Tensor) -> None:
        """Computes the gradient of every parameter."""
        self.flat.gradient.zero_()
        loss.backward()

    @torch.no_grad()
    def update(self, rate: Tensor, momentum: Tensor) -> None:
        """Moves the parameters, and the average of weights after them."""
        self.optimizer.step(rate, momentum)
        if self.averaged:
            steps = self.optimizer.state["steps"]
            self.averaged.values.lerp_(self.flat.values, 1 - (steps / (9 + steps)).clamp_(max=self.recipe.ema))

    def evaluate(self) -> Tensor:
        """Returns the sum of cross-entropies and the number of right answers over the held-out images, (2,)."""
        return evaluation_sums(self.scored, self.split.held_out, self.split.mean, self.split.std)

    def state(self) -> dict[str, Tensor]:
        """Returns copies of every tensor that the rest of the training depends on, by name."""
        networks = {"model": self.model} | ({"average": self.average} if self.average else {})
        tensors = {f"{which}.{name}": t for which, net in networks.items() for name, t in net.state_dict().items()}
        tensors |= {f"optimizer.{name}": tensor for name, tensor in self.optimizer.state.items()}
        return {name: tensor.detach().clone() for name, tensor in tensors.items()} | {
            f"random.{name}": generator.get_state() for name, generator in self._generators().items()
        }

    def facts(self) -> dict[str, Any]:
        """Returns what else it depends on, as JSON can hold it."""
        return {"epochs": self.epochs_done, "plateaus": [self.plateau.state]}  # a list, as checkpoints of 0.1 have it

    def restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Takes over a state; raises KeyError, RuntimeError or ValueError where it is not of such a training."""
        for which, net in (("model", self.model), ("average", self.average)):
            if net:
                net.load_state_dict({name: tensors[f"{which}.{name}"] for name in net.state_dict()})
        for name, tensor in self.optimizer.state.items():
            tensor.copy_(tensors[f"optimizer.{name}"])
        for name, generator in self._generators().items():
            generator.set_state(tensors[f"random.{name}"])
        self.epochs_done = facts["epochs"]
        ((factor, best, waited),) = facts["plateaus"]
        self.plateau.state = factor, best, waited

    def _generators(self) -> dict[str, Generator]:
        """Returns all that random numbers come from, under the names that checkpoints have had since 0.1."""
        own = {"order 0": self.order, "warps": self.warps, "bits": self.bits}
        if self.device.type == "cuda":
            own["cuda"] = torch.cuda.default_generators[self.device.index or 0]
        return own

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Undoes at its end whatever the steps within it did, so that a capture leaves no trace."""
        tensors, facts, sums = self.state(), self.facts(), self.sums.clone()
        yield
        self.restore(tensors, facts)
        self.sums.copy_(sums)

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


def streams(seed: int, device: torch.device | None = None) -> list[Generator]:
    """Returns generators of the order, the augmentation and the dropout of a training.

    Their seeds are drawn, because torch's CPU generator keeps the low 32 bits of a seed only: apart by 2**32,
    two would be the same.
    """
    root = Generator().manual_seed(seed)
    drawn = torch.randint(2**32, (3,), generator=root).tolist()
    return [Generator(device or "cpu").manual_seed(number) for number in drawn]
