"""A search for a small MNIST network as a careful person writes it in an afternoon with Optuna and torchvision.

    python -m benchmarks.careful_optuna --data-dir DIR --budget 8000 --minutes 30 --seed 0 --folder DIR

Nothing in it is Thimble's but that torchvision loads; `benchmarks.against_optuna` compares the two. Two processes of
one torch thread each share a study in SQLite. TPE proposes (with the constant liar, as Optuna advises for processes
side by side), networks over the budget are pruned before they train, and the median pruner ends hopeless trainings.
The score is the mean validation accuracy of the last epochs on 10,000 of the 60,000 training images. Trainings that
run when the time is over go on to their end, as Optuna's own timeout has it. The best is written to best.json.
"""

import argparse
import json
import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

import optuna
import torch
from optuna.trial import TrialState
from torch import nn
from torch.nn import functional
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, Subset

from train.data.torchvision_schemas import define_missing_operators

define_missing_operators()  # without it torchvision's wheel does not load beside a CPU build of torch
from torchvision import datasets, transforms  # noqa: E402

MEAN, DEVIATION = (0.1307,), (0.3081,)
LAST_EPOCHS = 5
PLATEAU_PATIENCE, PLATEAU_FACTOR = 1, 0.3


class Net(nn.Module):
    """Two blocks of 3x3 convolutions with a pool between them, at a receptive field of 5 or 7, and a head.

    Batch normalisation is no choice: who has trained such networks knows that it belongs there.
    """

    def __init__(self, choices: dict[str, Any]) -> None:
        super().__init__()
        first, second = choices["convs before the pool"], choices["convs behind the pool"]
        layers: list[nn.Module] = []
        maps, side = 1, 28

        def block(width: int, kernel: int) -> None:
            nonlocal maps, side
            layers.extend([nn.Conv2d(maps, width, kernel, bias=False), nn.ReLU(), nn.BatchNorm2d(width)])
            if choices["dropout"]:
                layers.append(nn.Dropout(choices["dropout"]))
            maps, side = width, side - kernel + 1

        for number in range(first):
            block(choices[f"width before {number}"], 3)
        layers.append(nn.MaxPool2d(2))
        side //= 2
        if choices["1x1 behind the pool"]:
            block(choices["width of the 1x1"], 1)
        for number in range(second):
            block(choices[f"width behind {number}"], 3)
        if choices["head"] == "gap":
            layers.extend([nn.AdaptiveAvgPool2d(1), nn.Conv2d(maps, 10, 1, bias=False)])
        else:
            layers.append(nn.Conv2d(maps, 10, side, bias=False))
        self.layers = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x).view(-1, 10)


def suggest(trial: optuna.Trial) -> dict[str, Any]:
    """Has the trial choose a network and how it is trained."""
    first = trial.suggest_int("convs before the pool", 2, 3)
    second = trial.suggest_int("convs behind the pool", 2, 4)
    choices: dict[str, Any] = {"convs before the pool": first, "convs behind the pool": second}
    for name, convs, low, high in (("before", first, 4, 20), ("behind", second, 8, 24)):
        for number in range(convs):
            width = f"width {name} {number}"
            choices[width] = trial.suggest_int(width, low, high, step=2)
    choices["1x1 behind the pool"] = trial.suggest_categorical("1x1 behind the pool", [True, False])
    if choices["1x1 behind the pool"]:
        choices["width of the 1x1"] = trial.suggest_int("width of the 1x1", 4, 16, step=2)
    choices["dropout"] = trial.suggest_float("dropout", 0.0, 0.15, step=0.01)
    choices["head"] = trial.suggest_categorical("head", ["gap", "convolution"])
    choices["transform"] = trial.suggest_categorical("transform", ["none", "rotation", "affine"])
    if choices["transform"] != "none":
        choices["degrees"] = trial.suggest_int("degrees", 5, 15)
    if choices["transform"] == "affine":
        choices["translate"] = trial.suggest_float("translate", 0.0, 0.12, step=0.01)
        choices["scale"] = trial.suggest_float("scale", 0.0, 0.15, step=0.01)
    choices["optimizer"] = trial.suggest_categorical("optimizer", ["sgd", "adam", "adamw"])
    low, high = (5e-3, 0.3) if choices["optimizer"] == "sgd" else (5e-4, 3e-2)
    choices["learning rate"] = trial.suggest_float(f"learning rate of {choices['optimizer']}", low, high, log=True)
    choices["weight decay"] = trial.suggest_float("weight decay", 1e-6, 1e-3, log=True)
    choices["schedule"] = trial.suggest_categorical("schedule", ["step", "one cycle", "plateau"])
    if choices["schedule"] == "step":
        choices["step size"] = trial.suggest_int("step size", 3, 8)
        choices["gamma"] = trial.suggest_float("gamma", 0.1, 0.5)
    choices["batch size"] = trial.suggest_categorical("batch size", [32, 64, 128, 256])
    return choices


def augmentation(choices: dict[str, Any]) -> list[nn.Module]:
    """Returns torchvision's transforms of the training images."""
    if choices["transform"] == "rotation":
        return [transforms.RandomRotation(choices["degrees"])]
    if choices["transform"] == "affine":
        shift, scale = choices["translate"], choices["scale"]
        return [transforms.RandomAffine(choices["degrees"], translate=(shift, shift), scale=(1 - scale, 1 + scale))]
    return []


def loaders(choices: dict[str, Any], options: argparse.Namespace) -> tuple[DataLoader, DataLoader]:
    """Returns batches to train on, and others to validate by: one image in six of those that are given."""
    plain = [transforms.ToTensor(), transforms.Normalize(MEAN, DEVIATION)]
    changed = transforms.Compose([*augmentation(choices), *plain])
    training = datasets.MNIST(options.data_dir, train=True, transform=changed)
    validation = datasets.MNIST(options.data_dir, train=True, transform=transforms.Compose(plain))
    order = torch.randperm(len(training), generator=torch.Generator().manual_seed(options.seed)).tolist()
    order = order[: options.limit_images]
    held = len(order) // 6
    return (
        DataLoader(Subset(training, order[held:]), choices["batch size"], shuffle=True),
        DataLoader(Subset(validation, order[:held]), 1000),
    )


def optimizer_of(choices: dict[str, Any], model: nn.Module) -> torch.optim.Optimizer:
    rate, decay = choices["learning rate"], choices["weight decay"]
    match choices["optimizer"]:
        case "sgd":
            return torch.optim.SGD(model.parameters(), rate, momentum=0.9, weight_decay=decay)
        case "adam":
            return torch.optim.Adam(model.parameters(), rate, weight_decay=decay)
        case _:
            return torch.optim.AdamW(model.parameters(), rate, weight_decay=decay)


def train(choices: dict[str, Any], model: nn.Module, options: argparse.Namespace) -> Iterator[float]:
    """Trains the network, and yields the validation accuracy of each epoch."""
    training, validation = loaders(choices, options)
    optimizer, schedule = optimizer_of(choices, model), choices["schedule"]
    one_cycle = step = plateau = None
    if schedule == "one cycle":
        rate, batches = choices["learning rate"], len(training)
        one_cycle = lr_scheduler.OneCycleLR(optimizer, rate, epochs=options.epochs, steps_per_epoch=batches)
    elif schedule == "step":
        step = lr_scheduler.StepLR(optimizer, choices["step size"], choices["gamma"])
    else:
        plateau = lr_scheduler.ReduceLROnPlateau(optimizer, patience=PLATEAU_PATIENCE, factor=PLATEAU_FACTOR)
    for _ in range(options.epochs):
        model.train()
        losses = []
        for images, labels in training:
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
            if one_cycle:
                one_cycle.step()
            losses.append(loss.item())
        if step:
            step.step()
        if plateau:
            plateau.step(fmean(losses))  # not by the validation images, which are to stay a fair judge
        yield accuracy(model, validation)


@torch.no_grad()
def accuracy(model: nn.Module, batches: DataLoader) -> float:
    model.eval()
    right = total = 0
    for images, labels in batches:
        right += int((model(images).argmax(1) == labels).sum())
        total += len(labels)
    return right / total


def parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def objective(trial: optuna.Trial, options: argparse.Namespace) -> float:
    choices = suggest(trial)
    trial.set_user_attr("choices", choices)
    torch.manual_seed(trial.number)
    model = Net(choices)
    trial.set_user_attr("parameters", parameters(model))
    if parameters(model) > options.budget:
        trial.set_user_attr("rejected", True)
        raise optuna.TrialPruned(f"{parameters(model) - options.budget} over the budget")
    scores: list[float] = []
    for epoch, score in enumerate(train(choices, model, options), 1):
        scores.append(score)
        trial.report(score, epoch)
        if trial.should_prune():
            raise optuna.TrialPruned(f"behind the median in epoch {epoch}")
    return fmean(scores[-LAST_EPOCHS:])


def study_of(options: argparse.Namespace, process: int) -> optuna.Study:
    storage = optuna.storages.RDBStorage(
        f"sqlite:///{options.folder}/study.db", engine_kwargs={"connect_args": {"timeout": 60}}
    )
    return optuna.create_study(
        study_name="careful",
        storage=storage,
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=1000 * options.seed + process, constant_liar=True),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=4),
        load_if_exists=True,
    )


def work(process: int, options: argparse.Namespace, until: float) -> None:
    """Searches in one process until the time is over."""
    torch.set_num_threads(1)
    study = study_of(options, process)
    enough = optuna.study.MaxTrialsCallback(options.trials, states=(TrialState.COMPLETE,)) if options.trials else None
    study.optimize(
        lambda trial: objective(trial, options),
        timeout=max(1.0, until - time.time()),
        callbacks=[enough] if enough else None,
    )


def report(study: optuna.Study, seconds: float) -> dict[str, Any]:
    """Returns the best of the study, and what became of its trials."""
    trials = study.get_trials(deepcopy=False)
    rejected = sum(trial.user_attrs.get("rejected", False) for trial in trials)
    pruned = sum(trial.state == TrialState.PRUNED for trial in trials) - rejected
    best = study.best_trial
    return {
        "choices": best.user_attrs["choices"],
        "parameters": best.user_attrs["parameters"],
        "score": best.value,
        "trained": sum(trial.state == TrialState.COMPLETE for trial in trials),
        "pruned": pruned,
        "rejected": rejected,
        "seconds": seconds,
    }


def main() -> None:
    began = time.time()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True, help="torchvision's root, with MNIST/raw")
    parser.add_argument("--folder", type=Path, required=True, help="that keeps the study")
    parser.add_argument("--budget", type=int, default=8000)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--trials", type=int, metavar="N", help="end when N are trained to the end, for a first try")
    parser.add_argument("--limit-images", type=int, metavar="N", help="of the training images, for a first try")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    study = study_of(options, 0)  # makes the tables once
    until = began + 60 * options.minutes
    processes = [
        multiprocessing.get_context("spawn").Process(target=work, args=(number, options, until))
        for number in range(options.workers)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise SystemExit("a process of the search failed")
    found = report(study, time.time() - began)
    (options.folder / "best.json").write_text(json.dumps(found))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
