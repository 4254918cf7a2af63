"""The command `export`: a network as files that need nothing of this program."""

import json
import os
import sys
import tempfile
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.export.training import untrainable
from search.errors import UserError
from search.outputs.evidence import evidence
from search.outputs.files import check_target, write_bytes
from search.study.designs import Found, find_design
from space.design import Design
from space.layers import BatchNorm, GhostBatchNorm
from train.data.dataset import Source

if TYPE_CHECKING:
    import torch

    from train.model import Network

_IMAGES = 256  # that the export's outputs are compared on
_TOLERANCE = 1e-6  # of a logit
_FOLDED_TOLERANCE = 1e-4  # where norms are folded, which rounds differently


@dataclass(frozen=True, kw_only=True, slots=True)
class Outputs:
    """The files that an export writes; None for one that is not asked for."""

    module: Path
    weights: Path | None
    onnx: Path | None
    card: Path | None

    @property
    def named(self) -> dict[str, Path]:
        """Those asked for, by their fields."""
        fields = {"output": self.module, "weights": self.weights, "onnx": self.onnx, "card": self.card}
        return {option: path for option, path in fields.items() if path}

    def check(self, *, force: bool) -> None:
        """Raises WriteRefused or UserError where one cannot be written, or two are the same."""
        for path in self.named.values():
            check_target(path, force=force)
        for (first, path), (second, other) in combinations(self.named.items(), 2):
            if os.path.realpath(path) == os.path.realpath(other):
                raise UserError(f"`{first}` and `{second}` both name {path}; name two files")


def export_design(
    text: str,
    study: str | None,
    *,
    outputs: Outputs,
    fold_norms: bool,
    data_dir: Path | None,
    force: bool,
    as_json: bool,
    runs: Path,
) -> int:
    """Writes the module and what else is asked for, after the module has been imported in a clean interpreter,
    counted, and compared with the trained network on real images."""
    found = find_design(text, study, runs)
    outputs.check(force=force)
    if outputs.weights and not found.weights:
        raise UserError(f"{found.name} has no trained weights to write; leave `weights` out or train it")
    if outputs.onnx:
        from results.export.onnx_file import missing

        if lacking := missing():
            raise UserError(f"`onnx` needs {' and '.join(lacking)}: pip install 'thimble[onnx]'")
    facts, contents = _make(found, found.source("auto", data_dir), outputs, runs=runs, fold_norms=fold_norms)
    for path, content in contents.items():
        write_bytes(content, path, force=force)
    if as_json:
        print(json.dumps(facts))
        return 0
    whole = found.design.architecture
    if not fold_norms and (why := untrainable(found.design.recipe)):
        print(f"note: {why}", file=sys.stderr)
    folded = (
        f" ({facts['folded']} of {_norms(found.design)} norms folded; {whole.parameters:,} as a budget counts it)"
        if fold_norms
        else ""
    )
    *most, last = map(str, contents)
    print(
        f"wrote {', '.join(most)}{' and ' if most else ''}{last}: {found.name}, {facts['parameters']:,} parameters"
        f"{folded}; checked in a clean interpreter: its outputs on {facts['images']} {facts['dataset']} images "
        f"differ by at most {facts['difference']:.1g}"
    )
    return 0


def _make(
    found: Found, source: Source, outputs: Outputs, *, runs: Path, fold_norms: bool
) -> tuple[dict[str, Any], dict[Path, bytes]]:
    """The facts that `--json` prints, and what is to be written: all of it made and checked."""
    import torch

    from results.export.module import render
    from train.data.dataset import load_training
    from train.data.split import moments
    from train.fast import process
    from train.files.weights import as_bytes
    from train.fold import fold

    process.prepare()
    training = load_training(source)
    # Of a network of the zoo it does not matter which images are here: it keeps those of its own training.
    own = Source(name=found.zoo.dataset) if found.zoo else source
    mean, std = moments(training, own)
    images = (training.images[:_IMAGES].float() / 255 - mean) / std
    model, design, unfolded = _model(found), found.design, None
    with torch.inference_mode():
        logits = model(images)
    if fold_norms:
        unfolded = design.architecture
        model, small = fold(model, unfolded)
        design = Design(small, design.recipe)
        if small == unfolded:
            raise UserError(
                f"{found.name} has no norm straight behind a convolution, so there is nothing to fold; "
                f"leave `fold_bn` out"
            )
    said = evidence(found, own, runs=runs, parameters=design.architecture.parameters, mean=mean, std=std)
    module = render(design, said, unfolded=unfolded).encode()
    weights = as_bytes(model.state_dict(), {"notation": design.architecture.notation})
    difference = _difference(module, weights, design, images, logits, folded=fold_norms)
    contents = {outputs.module: module}
    if outputs.weights:
        contents[outputs.weights] = weights
    if outputs.onnx:
        contents[outputs.onnx] = _onnx(model, design, images, about=f"{said.title} Normalise by {mean} and {std}.")
    if outputs.card:
        from results.export.card import render_card

        card = render_card(
            design,
            said,
            dataset=own.name,
            module=outputs.module,
            weights=outputs.weights,
            onnx=outputs.onnx,
            unfolded=unfolded,
        )
        contents[outputs.card] = card.encode()
    facts = {
        "output": str(outputs.module),
        "weights": str(outputs.weights) if outputs.weights else None,
        "onnx": str(outputs.onnx) if outputs.onnx else None,
        "card": str(outputs.card) if outputs.card else None,
        "parameters": design.architecture.parameters,
        "folded": _norms(found.design) - _norms(design),
        "dataset": source.name,
        "images": len(images),
        "difference": difference,
    }
    return facts, contents


def _norms(design: Design) -> int:
    return sum(isinstance(layer, BatchNorm | GhostBatchNorm) for layer in design.architecture.layers)


def _model(found: Found) -> "Network":
    """The trained network, or an untrained one where there are no weights, ready to predict."""
    from train.files.weights import BadWeights, load
    from train.model import build

    model = build(found.design.architecture, seed=0)
    if found.weights:
        try:
            load(model, found.weights)
        except BadWeights as error:
            raise UserError(f"{error}; train the design again") from None
    return model.eval()


def _difference(
    module: bytes, weights: bytes, design: Design, images: "torch.Tensor", logits: "torch.Tensor", *, folded: bool
) -> float:
    """How far the module's logits are from the network's at most, from a clean interpreter."""
    from results.export.verify import verify

    with tempfile.TemporaryDirectory() as folder:
        module_file, weights_file = Path(folder, "net.py"), Path(folder, "net.safetensors")
        module_file.write_bytes(module)
        weights_file.write_bytes(weights)
        return verify(
            module_file,
            weights_file,
            images=images.numpy(),
            logits=logits.numpy(),
            parameters=design.architecture.parameters,
            tolerance=_FOLDED_TOLERANCE if folded else _TOLERANCE,
        )


def _onnx(model: "Network", design: Design, images: "torch.Tensor", *, about: str) -> bytes:
    """The ONNX file of `model`, checked."""
    import torch

    from results.export.onnx_file import as_onnx, check

    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    content = as_onnx(design.architecture, weights, about=about)
    with torch.inference_mode():
        check(content, images=images.numpy(), logits=model(images).numpy())
    return content
