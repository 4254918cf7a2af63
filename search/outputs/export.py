"""A network as files that need nothing of this program, made and checked."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from results.export.onnx_file import OPSET
from results.export.training import untrainable
from search.errors import UserError
from search.outputs.evidence import evidence
from search.outputs.files import write_bytes
from search.outputs.network import network_of
from search.outputs.rescoring import Rescored, rescore
from search.outputs.targets import Targets
from search.settings import stored_images
from search.study.begun import settings_of
from search.study.designs import NamedDesign
from search.study.images import known_images
from space.design import Design
from space.layers import BatchNorm, GhostBatchNorm
from space.task import Task
from train.data.dataset import Dataset

if TYPE_CHECKING:
    import torch

    from results.export.evidence import Evidence
    from space.architecture import Architecture
    from train.data.images import Images
    from train.model import Network

_IMAGES = 256  # that the export's outputs are compared on
_TOLERANCE = 1e-6  # of a logit
_FOLDED_TOLERANCE = 1e-4  # where norms are folded, which rounds otherwise; or that share of the largest logit


@dataclass(frozen=True, kw_only=True, slots=True)
class Export:
    """An exported network: all of its files, checked and not written yet, and what is to be said about them.

    Attributes:
        name: What the design is called.
        targets: The files that were asked for.
        contents: What is to stand in each of them.
        parameters: Of the exported network.
        whole_parameters: Of the network as it was trained and as a budget counts it; more where norms are folded.
        norms: How many the network was trained with.
        folded: How many of these are folded into the convolutions before them.
        untrainable: Why the module does not train itself again, in one line; empty where it does.
        trained: Whether the network has trained weights; else they are initial ones.
        rescored: What it reaches on the held-out images of its study; None where it was not scored again.
        unscored: Why it was not, in a few words; empty where it was, or where no study says what it reaches.
        dataset: Where the images came from that the module's outputs were compared on, or `random` for such pixels.
        images: How many these were.
        difference: How far a logit of the module was from the network's at most.
    """

    name: str
    targets: Targets
    contents: Mapping[Path, bytes] = field(repr=False)
    parameters: int
    whole_parameters: int
    norms: int
    folded: int
    untrainable: str
    trained: bool
    rescored: Rescored | None
    unscored: str
    dataset: str
    images: int
    difference: float

    def write(self, *, force: bool) -> None:
        """Writes every file, each whole or not at all; raises WriteRefused."""
        for path, content in self.contents.items():
            write_bytes(content, path, force=force)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Exported:
    """The exported network with its own design; the whole architecture where that is folded; images (N, C, H, W),
    normalised, and the logits (N, classes) for them of the network as it was trained."""

    model: "Network"
    design: Design
    unfolded: "Architecture | None"
    images: "torch.Tensor"
    logits: "torch.Tensor"


def export(
    found: NamedDesign, targets: Targets, *, source: Dataset | None, runs: Path, fold_norms: bool = False
) -> Export:
    """Makes the module and what else is asked for, after the module has been imported in a clean interpreter,
    counted, and compared with the trained network, and that with what its study says of it.

    Args:
        source: The images to compare on; None where they are not on this machine.
        runs: The folder that has the design's confirmations, for what is said about it.
        fold_norms: Whether norms go into the convolutions before them; such a module runs and does not train.

    Raises:
        UserError: A file cannot be made of this design, or its weights are not those that were trained.
        ExportMismatch: A file that was made is not the network.
    """
    from train.fast.process import prepared

    targets.check_made_of(found)
    if targets.data and source is None:
        raise UserError("`data` needs the images, which are not on this machine; name their folder with `data_dir`")
    with prepared():
        return _export(found, targets, source=source, runs=runs, fold_norms=fold_norms)


def _export(found: NamedDesign, targets: Targets, *, source: Dataset | None, runs: Path, fold_norms: bool) -> Export:
    import torch

    from results.export.module import render
    from train.evaluation import normalise, unit_pixels
    from train.files.weights import as_file

    network = found.design.architecture
    of_nobodys = not (found.zoo or found.folder)
    if source and of_nobodys and (network.image, network.classes) != (source.task.image, source.task.classes):
        if targets.data:
            raise UserError(f"`data` needs the images that {found.name} is for, which are not known; leave it out")
        source = None
    own = _own(found, source)
    targets.check_read(found, own, folded=fold_norms)
    training, unscored = _training_images(own if source else None)
    pixels = unit_pixels(training.images[:_IMAGES]) if training else _noise(own)
    images = normalise(pixels, own.task.mean, own.task.std)
    model = network_of(found)
    with torch.inference_mode():
        logits = model(images)
    has_score = found.weights is not None and found.record is not None and found.refitted is None
    rescored = rescore(found, model, own) if has_score and training else None
    made = _Exported(model=model, design=found.design, unfolded=None, images=images, logits=logits)
    if fold_norms:
        made = _folded(made, found.name)
    design = made.design
    said = evidence(found, own, runs=runs, parameters=design.architecture.parameters)
    name = targets.weights or targets.module.with_name("net.safetensors")
    beside, tests = targets.from_module(name), own.counts.test > 0
    module = render(design, said, weights=beside, unfolded=made.unfolded, tests=tests).encode()
    weights = as_file(made.model.state_dict(), {"notation": design.architecture.notation}, name)
    difference = _difference(module, weights, f"net{name.suffix}", made)
    seed = settings_of(found.folder)["identity"]["seed"] if found.folder else 0
    return Export(
        name=found.name,
        targets=targets,
        contents={targets.module: module} | _beside_the_module(targets, made, weights, said, own, seed=seed),
        parameters=design.architecture.parameters,
        whole_parameters=found.design.architecture.parameters,
        norms=_norms(found.design),
        folded=_norms(found.design) - _norms(design),
        untrainable="" if fold_norms else untrainable(found.design.recipe),
        trained=found.weights is not None,
        rescored=rescored,
        unscored=unscored if has_score else "",
        dataset=source.name if source and training else "random",
        images=len(images),
        difference=difference,
    )


def _own(found: NamedDesign, source: Dataset | None) -> Dataset:
    """The images that the network is for, whether they are on this machine or not.

    Of a network of the zoo it does not matter which are here: it keeps those of its own training.
    """
    if found.zoo or not (source or found.folder):
        own = source if source and source.name == "mnist" else stored_images({"dataset": "mnist"})
        network = found.design.architecture
        if (network.image, network.classes) == (own.task.image, own.task.classes):
            return own
        many, names = network.image[0], tuple(map(str, range(network.classes)))
        task = Task(image=network.image, class_names=names, mean=(0.0,) * many, std=(1.0,) * many)
        return replace(own, name="pictures", task=task)  # which nobody has named
    if source:
        return source
    assert found.folder
    return known_images(found.folder)


def _training_images(source: Dataset | None) -> "tuple[Images | None, str]":
    """The training images, or None and why there are none."""
    from train.data.bad_data import BadData

    if source is None:
        return None, "its images are not on this machine"
    try:
        return source.training(), ""
    except BadData as error:
        return None, str(error)


def _noise(source: Dataset) -> "torch.Tensor":
    """Random pixels in [0, 1], as many images as are compared on."""
    import torch

    return torch.rand(_IMAGES, *source.task.image, generator=torch.Generator().manual_seed(0))


def _folded(made: _Exported, name: str) -> _Exported:
    """The same with norms folded; raises UserError where none can be."""
    from train.fold import fold

    whole = made.design.architecture
    model, small = fold(made.model, whole)
    if small == whole:
        raise UserError(
            f"{name} has no norm straight behind a convolution, so there is nothing to fold; leave `fold_bn` out"
        )
    return _Exported(
        model=model,
        design=Design(small, made.design.recipe),
        unfolded=whole,
        images=made.images,
        logits=made.logits,
    )


def _beside_the_module(
    targets: Targets, made: _Exported, weights: bytes, said: "Evidence", source: Dataset, *, seed: int
) -> dict[Path, bytes]:
    contents: dict[Path, bytes] = {}
    if targets.weights:
        contents[targets.weights] = weights
    if targets.onnx:
        about = f"{said.title} Normalise by {said.task.mean} and {said.task.std}. {said.pixels}".rstrip()
        contents[targets.onnx] = _onnx(made, source.task, opset=targets.opset or OPSET, about=about)
    if targets.data:
        from results.export.data_file import data_file

        train, test = _parts(source, seed)
        contents[targets.data] = data_file(train=train, test=test, class_names=source.task.class_names)
    if targets.card:
        from results.export.card import render_card

        card = render_card(
            made.design,
            said,
            module=targets.module,
            weights=targets.weights and targets.from_module(targets.weights),
            onnx=targets.onnx and targets.from_module(targets.onnx),
            unfolded=made.unfolded,
        )
        contents[targets.card] = card.encode()
    return contents


def _parts(source: Dataset, seed: int) -> "tuple[Images, Images]":
    """The images that a module trains on, and those that it scores by: to test with, or where there are none of
    those, the ones that the search held out."""
    from train.data.split import split

    if source.counts.test:
        return source.training(), source.test()
    parts = split(source, seed=seed)
    return parts.train, parts.held_out


def _norms(design: Design) -> int:
    return sum(isinstance(layer, BatchNorm | GhostBatchNorm) for layer in design.architecture.layers)


def _difference(module: bytes, weights: bytes, name: str, made: _Exported) -> float:
    """How far the module's logits are from the network's at most, from a clean interpreter; name: of the weights."""
    from results.export.verify import verify

    with tempfile.TemporaryDirectory() as folder:
        module_file, weights_file = Path(folder, "net.py"), Path(folder, name)
        module_file.write_bytes(module)
        weights_file.write_bytes(weights)
        return verify(
            module_file,
            weights_file,
            images=made.images.numpy(),
            logits=made.logits.numpy(),
            parameters=made.design.architecture.parameters,
            tolerance=_FOLDED_TOLERANCE * max(1.0, made.logits.abs().max().item()) if made.unfolded else _TOLERANCE,
        )


def _onnx(made: _Exported, task: Task, *, opset: int, about: str) -> bytes:
    """The ONNX file of the network, checked."""
    import torch

    from results.export.onnx_file import as_onnx, check

    weights = {name: tensor.numpy() for name, tensor in made.model.state_dict().items()}
    content = as_onnx(made.design.architecture, weights, task=task, opset=opset, about=about)
    with torch.inference_mode():
        check(content, images=made.images.numpy(), logits=made.model(made.images).numpy())
    return content
