"""Random networks of all layers against second opinions: torch, fvcore, autograd, ONNX Runtime."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from fvcore.nn import FlopCountAnalysis, parameter_count
from torch import nn

from results.export.evidence import Evidence
from results.export.module import render
from results.export.onnx_file import as_onnx
from results.report.diagram import draw
from results.wording.layers import rows
from space.architecture import Architecture
from space.design import Design
from space.forms import FORMS
from space.layers import Branch, Fork, Mark, Skip, Sum
from space.recipe import PLAIN_RECIPE
from space.task import Task
from space.tracing import Trace
from tests.amounts import slow, soak
from tests.compositions import composed
from train.fold import fold
from train.layers import BlurredMaxPool2d
from train.model import build

FEW, ALL = 12, soak("COMPOSITIONS", 300)
RANGES = [range(FEW), *slow(*(range(n, min(n + 142, ALL)) for n in range(FEW, ALL, 142)))]
each_range = pytest.mark.parametrize("seeds", RANGES, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")


def task_of(architecture: Architecture) -> Task:
    names, channels = tuple(map(str, range(architecture.classes))), architecture.image[0]
    return Task(image=architecture.image, class_names=names, mean=(0.1,) * channels, std=(0.5,) * channels)


def mixed_up(architecture: Architecture, seed: int) -> nn.Module:
    """Builds a network whose scales, shifts and running statistics are as a training might leave them."""
    model, generator = build(architecture, seed=seed), torch.Generator().manual_seed(seed)
    for name, tensor in model.state_dict().items():
        if tensor.dim() == 1:
            tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator) * (1 if "var" in name else 0.5))
    return model.eval()


def images_for(architecture: Architecture, count: int = 3, seed: int = 1) -> torch.Tensor:
    return torch.randn(count, *architecture.image, generator=torch.Generator().manual_seed(seed))


def agree(came, expected, architecture: Architecture, tolerance: float = 1e-5) -> None:
    """Asserts that they agree to a share of what is computed."""
    came, expected = np.asarray(came), np.asarray(expected)
    assert np.abs(came - expected).max() <= tolerance * max(1.0, np.abs(expected).max()), architecture.notation


def test_every_token_is_composed():
    """So that what is held of the compositions is held of every layer."""
    missing = list(FORMS)
    for seed in range(400):
        tokens = composed(seed).notation.split()
        missing = [form for form in missing if not any(form.pattern.fullmatch(token) for token in tokens)]
        if not missing:
            break
    assert not missing, [form.rows[0].token for form in missing]


class Recorded(nn.Module):
    """A layer, and what left it."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer
        self.came = torch.empty(0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.came = self.layer(x)
        return self.came


def recorded(model: nn.Module, architecture: Architecture) -> list[tuple[int, Recorded]]:
    """Returns the places of layers that are no marks, with what records them; puts these into the model."""
    places = [place for place, layer in enumerate(architecture.layers) if not isinstance(layer, Mark)]
    for place in places:
        model[place] = Recorded(model[place])
    return [(place, model[place]) for place in places]


@each_range
def test_closed_forms_are_what_torch_and_fvcore_count(seeds):
    for seed in seeds:
        architecture = composed(seed)
        assert Architecture.parse(architecture.notation) == architecture
        model = build(architecture, seed=0).eval()
        assert sum(weights.numel() for weights in model.parameters()) == architecture.parameters
        with torch.device("meta"):
            assert parameter_count(build(architecture))[""] == architecture.parameters
        counted = FlopCountAnalysis(model, images_for(architecture, 1)).unsupported_ops_warnings(False)
        operators = counted.uncalled_modules_warnings(False).by_operator()
        assert operators["conv"] + operators["linear"] == architecture.macs, architecture.notation
        layers = recorded(model, architecture)
        model(images_for(architecture))
        for place, layer in layers:
            cost = architecture.costs[place]
            assert layer.came.shape[1:] == (cost.shape[:1] if cost.flat else cost.shape), architecture.notation


def needed_at_once(architecture: Architecture) -> int:
    """Counts the bytes of what is still to be read, and of what a layer makes of it, at the fullest moment, by which
    layers read what: nothing is kept that no later one reads."""
    costs, meant = architecture.costs, architecture.meant
    sizes = [math.prod(architecture.image), *(math.prod(cost.shape) for cost in costs)]
    origin, last = [0], {len(costs): len(costs) + 1}  # of each place whose values it has; who reads these last
    for place, (layer, cost) in enumerate(zip(meant, costs, strict=True), start=1):
        begins = isinstance(layer, Skip | Fork | Branch)
        origin.append(origin[cost.reads[0]] if begins else place)
        if not begins:
            last |= {origin[read]: place for read in cost.reads}
    most = 0
    for place, (layer, cost) in enumerate(zip(meant, costs, strict=True), start=1):
        if origin[place] != place:
            continue
        kept = sum(sizes[made] for made in range(place) if origin[made] == made and last.get(made, 0) >= place)
        over = isinstance(layer, Sum) or (not isinstance(layer, Mark) and layer.in_place)
        free = any(last[origin[read]] == place for read in cost.reads)
        most = max(most, kept + (0 if over and free else sizes[place]))
    return 4 * most


@each_range
def test_activation_memory_is_what_later_layers_still_read(seeds):
    for seed in seeds:
        architecture = composed(seed)
        assert architecture.activation_bytes == needed_at_once(architecture), architecture.notation


def probed(architecture: Architecture) -> nn.Module:
    """Builds a network in which every element that one is made of has a share in it: weights are positive, maxima
    means, what is normalised by the map itself passes as it is, and nothing is too large for a relu6."""
    model, rng = build(architecture, seed=0).double().eval(), torch.Generator().manual_seed(0)
    for weights in model.parameters():
        inputs = max(1, weights[0].numel()) if weights.dim() > 1 else 2
        weights.data = (0.5 + torch.rand(weights.shape, generator=rng, dtype=torch.float64)) / inputs
    for place, module in enumerate(model):
        if isinstance(module, nn.MaxPool2d):
            model[place] = nn.AvgPool2d(module.kernel_size, module.stride, module.padding)
        elif isinstance(module, BlurredMaxPool2d):
            model[place] = nn.Sequential(nn.AvgPool2d(2, 1), nn.AvgPool2d(2))
        elif isinstance(module, nn.ReLU6):
            model[place] = nn.ReLU()
        elif isinstance(getattr(module, "module", module), nn.GroupNorm | nn.LayerNorm | nn.InstanceNorm2d):
            model[place] = nn.Identity()
    return model


def spread(gradient: torch.Tensor, axis: int) -> tuple[int, int]:
    """Returns the first and the last row or column of the image that there is a gradient of."""
    there = (gradient[0] != 0).any(0).any(1 - axis).nonzero().flatten()
    return int(there[0]), int(there[-1])


def seen_and_said(architecture: Architecture) -> Iterator[tuple[tuple[int, int], tuple[int, int], int]]:
    """Yields, of the middle element that leaves each layer, which rows (or columns) of the image have a gradient,
    which it is said to see, and how many there are."""
    seen, model = Trace(architecture.layers, architecture.image).seen, probed(architecture)
    layers = recorded(model, architecture)
    image = torch.ones(1, *architecture.image, dtype=torch.float64, requires_grad=True)
    model(image)
    for place, layer in layers:
        axes, flat = seen[place], architecture.costs[place].flat
        assert architecture.costs[place].fields == tuple(axis.side for axis in axes)
        if flat and max(len(axis.firsts) for axis in axes) > 1:
            continue  # elements of maps still, in a row
        middle = [len(axis.firsts) // 2 for axis in axes]
        one = layer.came[0] if flat else layer.came[0, :, middle[0], middle[1]]
        (gradient,) = torch.autograd.grad(one.sum(), image, retain_graph=True)
        if not gradient.any():
            assert any(
                axis.firsts[at] < 0 or axis.lasts[at] >= side
                for axis, at, side in zip(axes, middle, architecture.image[1:], strict=True)
            ), "only what lies in the padding depends on nothing"
            continue
        for axis, (of, at, side) in enumerate(zip(axes, middle, architecture.image[1:], strict=True)):
            yield spread(gradient, axis), (of.firsts[at], of.lasts[at]), side


@each_range
def test_receptive_fields_are_what_has_a_gradient(seeds):
    """Of large images, whose middle is mostly far from the padding, of which nothing is seen."""
    exact = total = 0
    for seed in seeds:
        architecture = composed(seed, (1, 75, 68))
        for (first, last), (low, high), side in seen_and_said(architecture):
            assert max(low, 0) <= first <= last <= min(high, side - 1), architecture.notation
            exact, total = exact + ((first, last) == (low, high)), total + 1
            if low > 0 and high < side - 1:
                assert (first, last) == (low, high), architecture.notation
    assert exact > total / 3


def exported(architecture: Architecture) -> nn.Module:
    """Returns the network of the exported file."""
    task = task_of(architecture)
    evidence = Evidence(
        title="", scores=(), found_by="chance", dataset="none", task=task, versions={}, date="", last_epochs=5
    )
    source = render(Design(architecture, PLAIN_RECIPE), evidence, unfolded=architecture)  # without its training
    names: dict = {"__name__": "net"}
    exec(compile(source, "net.py", "exec"), names)
    assert max(map(len, source.splitlines())) <= 118
    return names["Net"]()


@each_range
def test_the_exported_file_and_the_folded_network_compute_the_same(seeds):
    for seed in seeds:
        architecture = composed(seed)
        model, images = mixed_up(architecture, seed), images_for(architecture)
        net = exported(architecture)
        net.load_state_dict(model.state_dict())
        assert sum(weights.numel() for weights in net.parameters()) == architecture.parameters
        folded, small = fold(model, architecture)
        assert sum(weights.numel() for weights in folded.parameters()) == small.parameters
        small_net = exported(small).eval()
        small_net.load_state_dict(folded.state_dict())
        with torch.inference_mode():
            logits = model(images)
            agree(net.eval()(images), logits, architecture, 1e-6)
            agree(folded(images), logits, architecture)
            agree(small_net(images), logits, architecture)


@each_range
def test_onnx_runtime_computes_the_same(seeds):
    from onnxruntime import InferenceSession

    for seed in seeds:
        architecture = composed(seed)
        model, images = mixed_up(architecture, seed), images_for(architecture)
        weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
        opset = (9, 11, 13, 17)[seed % 4]
        content = as_onnx(architecture, weights, task=task_of(architecture), about="a test", opset=opset)
        session = InferenceSession(content, providers=["CPUExecutionProvider"])
        with torch.inference_mode():
            agree(session.run(None, {"images": images.numpy()})[0], model(images), architecture)


@each_range
def test_every_layer_is_drawn_and_told(seeds):
    for seed in seeds:
        architecture = composed(seed)
        drawing = "".join(draw(architecture))
        assert drawing.count('class="frame"') == sum(architecture.notation.split().count(mark) for mark in "[{")
        assert len(rows(architecture)) == len(architecture.layers)
