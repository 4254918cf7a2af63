"""The command `export`: the network that a user takes away from a study."""

import datetime
import json
import os
import tempfile
from pathlib import Path

from results.export import Evidence, render
from results.files import check_target, write_text
from results.records import TrialRecord
from search.designs import Found, find_design
from search.progress import percent, spread
from search.run import versions
from search.settings import BadSettings
from space.zoo import ZooDesign
from train.data import Source

_IMAGES = 256  # that the export's outputs are compared on


def export_design(
    text: str,
    study: str | None,
    *,
    output: Path,
    weights: Path | None,
    data_dir: Path | None,
    force: bool,
    as_json: bool,
) -> int:
    """Writes the module and, for a trained trial, its weights, after the module has been imported in a clean
    interpreter, counted, and compared with the trained network on real images."""
    found = find_design(text, study)
    for path in (output, weights):
        if path:
            check_target(path, force=force)
    if weights and os.path.realpath(weights) == os.path.realpath(output):
        raise BadSettings(f"--output and --weights both name {output}; name two files")
    trained = found.weights
    if weights and not trained:
        raise BadSettings(f"{found.name} has no trained weights to write; leave --weights out or train it")
    source = found.source("auto", data_dir)

    from results.verify import verify
    from train import process
    from train.data import load_training, moments
    from train.model import build
    from train.weights import BadWeights, load, save

    process.prepare()
    architecture = found.design.architecture
    training = load_training(source)
    # Of a network of the zoo it does not matter which images are here: it keeps those of its own training.
    mean, std = moments(training, Source(name=found.zoo.dataset) if found.zoo else source)
    module = render(found.design, _evidence(found, source, mean, std))
    model = build(architecture, seed=0)
    if trained:
        try:
            load(model, trained)
        except BadWeights as error:
            raise BadSettings(f"{error}; train the design again") from None
    images = (training.images[:_IMAGES].float() / 255 - mean) / std
    import torch

    with torch.inference_mode():
        logits = model.eval()(images).numpy()
    with tempfile.TemporaryDirectory() as folder:
        module_file, weights_file = Path(folder, "net.py"), Path(folder, "net.safetensors")
        module_file.write_text(module)
        save(model, weights_file, {"notation": architecture.notation})
        difference = verify(
            module_file,
            weights_file,
            images=images.numpy(),
            logits=logits,
            parameters=architecture.parameters,
        )
        write_text(module, output, force=force)
        if weights:
            save(model, weights, {"notation": architecture.notation})
    if as_json:
        facts = {
            "output": str(output),
            "weights": str(weights) if weights else None,
            "parameters": architecture.parameters,
            "images": len(images),
            "difference": difference,
        }
        print(json.dumps(facts))
        return 0
    with_weights = f" and {weights}" if weights else ""
    print(
        f"wrote {output}{with_weights}: {found.name}, {architecture.parameters:,} parameters; checked in a clean "
        f"interpreter: its outputs on {len(images)} {source.name} images differ by at most {difference:.1g}"
    )
    return 0


def _evidence(found: Found, source: Source, mean: float, std: float) -> Evidence:
    record = found.record
    lines = ("not trained by this program: initial weights only",)
    found_by = f"{found.name}, given by its name"
    if record is not None and found.folder is not None:
        lines = _score_lines(record, found, source)
        identity = found.folder.identity() or {}
        found_by = (
            f"trial {record.trial} of study {found.folder.name} (budget {identity.get('budget'):,} parameters, "
            f"seed {identity.get('seed')}), from {'the sampler' if record.origin == 'sampler' else record.origin}"
        )
    elif found.zoo:
        lines, found_by = _zoo_lines(found.zoo), found.zoo.found_by
    return Evidence(
        title=f"A network of {found.design.architecture.parameters:,} parameters for 28x28 handwritten digits.",
        scores=lines,
        found_by=found_by,
        mean=mean,
        std=std,
        versions=versions(),
        date=datetime.date.today().isoformat(),
    )


def _score_lines(record: TrialRecord, found: Found, source: Source) -> tuple[str, ...]:
    assert found.folder is not None
    identity = found.folder.identity() or {}
    if record.score is None:
        return (f"{record.verdict} after {record.epochs} epochs: no score",)
    last = record.accuracies[-identity.get("hold", 5) :]
    finals = ()
    if record.finals:
        many = f"{len(record.finals)} more trainings" if len(record.finals) > 1 else "another training"
        finals = (f"{spread(record.finals)} in {many} with other seeds and held-out images",)
    return (
        f"held-out accuracy {percent(record.score)}, mean of the last {len(last)} epochs "
        f"(from {percent(min(last))} to {percent(max(last))}), one seed",
        *finals,
        f"{source.name}: chosen on held-out images, so a little optimistic; the test set was not read",
    )


def _zoo_lines(kept: ZooDesign) -> tuple[str, ...]:
    return (
        f"{kept.dataset}: test accuracy {spread(kept.scores)} over {len(kept.scores)} seeds, mean of the last "
        f"{kept.hold} epochs; the worst of these epochs {percent(kept.worst)}",
        "chosen on held-out images only, then trained on all training images; no seed and no epoch was picked",
        "the weights are those of the first seed",
    )
