"""The command `train`: one design outside any study."""

import json
import sys
from pathlib import Path

from results.wording.percent import percent
from search.commands.views import printer
from search.outputs.files import check_target
from search.settings import check_range
from search.study.designs import Found
from search.workers.stopping import Stop
from train.data.dataset import Source
from train.device import DeviceName, PrecisionName, choose


def train_one(
    found: Found,
    *,
    source: Source,
    hold: int,
    seed: int,
    test: bool,
    save: Path | None,
    device: DeviceName,
    precision: PrecisionName,
    force: bool,
    as_json: bool,
    runs: Path,
) -> int:
    """Trains on the search's training images, prints a line an epoch, and reads the test set only with
    `test`, once, when the training is over."""
    check_range("hold", hold, 1, 1_000)
    check_range("seed", seed, 0, 2**32 - 1)
    recipe = found.design.recipe
    if save:
        check_target(save, force=force)
    from train.data.dataset import load_test, load_training
    from train.data.split import split
    from train.evaluation import evaluate
    from train.fast import process
    from train.files.weights import save as save_weights
    from train.loop import train
    from train.model import build
    from train.scores import Diverged, held_score

    process.prepare()
    chosen, bits = choose(device, precision)
    architecture = found.design.architecture
    data = split(load_training(source), seed=seed, source=source).to(chosen)
    model = build(architecture, seed=seed).to(chosen)
    say = printer(as_json=as_json)
    say(
        f"{found.name} on {source.name}, {chosen} {bits}: {architecture.parameters:,} parameters, {recipe.describe()}"
    )
    teacher = None
    if recipe.distillation:
        from search.replication.teacher import taught
        from search.workers.worker import read_teacher
        from search.workers.workplace import Workplace

        place = Workplace(source=source, seed=seed, device=chosen, precision=bits)
        ready = taught(place, runs, stop=Stop(), say=say)
        assert ready
        assert ready.teacher
        teacher = read_teacher(ready.teacher).to(chosen)
    scores = []
    try:
        for score in train(model, recipe, data, seed=seed, precision=bits, teacher=teacher):
            scores.append(score)
            if as_json:
                line = {name: getattr(score, name) for name in ("epoch", "loss", "accuracy", "seconds")}
                print(json.dumps(line | {"training_accuracy": score.training_accuracy}), flush=True)
            else:
                print(
                    f"epoch {score.epoch:>3} of {recipe.epochs}  loss {score.loss:.4f}  training "
                    f"{percent(score.training_accuracy)}  held-out {percent(score.accuracy)}  {score.seconds:.1f} s",
                    flush=True,
                )
    except Diverged as error:
        print(f"the training diverged: {error}; a lower learning rate may help", file=sys.stderr)
        return 1
    result = {
        "parameters": architecture.parameters,
        "score": held_score(scores, hold),
        "seconds": round(sum(score.seconds for score in scores), 3),
    }
    if test:
        images = load_test(source).to(chosen)
        result["test_accuracy"], _ = evaluate(model, images, data.mean, data.std)
    if save:
        save_weights(model, save, {"notation": architecture.notation})
    if as_json:
        print(json.dumps(result))
    else:
        tested = f", test accuracy {percent(result['test_accuracy'])}" if test else ""
        last = min(hold, len(scores))
        print(f"held-out accuracy {percent(result['score'])} (mean of the last {last} epochs){tested}")
    return 0
