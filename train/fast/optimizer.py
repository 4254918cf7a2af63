"""Steps a whole model as one vector, by SGD, Adam and AdamW as torch.optim computes them, and by Muon.

Networks of a few thousand parameters in twenty tensors spend more on calls than on arithmetic: with every
parameter a view of one vector, a step is a dozen operations whatever the network. Rates are tensors, so a
CUDA graph can hold the step.
"""

import torch
from torch import Tensor, nn

from space.recipe import OptimizerName

_SECOND_BETA = 0.999
_EPSILON = 1e-8
_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)  # Muon's coefficients, for few rounds rather than exact ones
_ROUNDS = 5
_ALIGNMENT = 16  # floats: a cache line, and a vector register


class FlatTensors:
    """A vector that has the parameters and running statistics of a model, which are made views of it.

    Attributes:
        values: Everything that training moves and a weight average averages.
        parameters: The part of `values` that has gradients.
        gradient: Of `parameters`; backward passes add to it.
        weights: Of each parameter, whether it is the weight of a convolution or a fully connected layer, which have 4
            and 2 axes: 1, or a bias, scale, shift, slope or the kernel of a gate: 0.
        matrices: Where the weights lie that mix maps: shape, strides and offset of each.
    """

    def __init__(self, model: nn.Module) -> None:
        named = dict(model.named_parameters())
        statistics = {name: buffer for name, buffer in model.named_buffers() if buffer.is_floating_point()}
        ends, end, tensors = {}, 0, named | statistics
        for name, tensor in tensors.items():
            ends[name] = end
            end += -(-tensor.numel() // _ALIGNMENT) * _ALIGNMENT
        trained = ends[next(iter(statistics))] if statistics else end
        device = next(model.parameters()).device
        self.values = torch.zeros(end, device=device)
        self.gradient = torch.zeros(trained, device=device)
        self.parameters = self.values[:trained]
        self.weights = torch.zeros(trained, device=device)
        self.matrices: list[tuple[torch.Size, tuple[int, ...], int]] = []
        for name, tensor in tensors.items():
            form = tensor.shape, tensor.stride(), ends[name]
            view = self.values.as_strided(*form)
            view.copy_(tensor.detach())
            tensor.data = view
            if name in named:
                tensor.grad = self.gradient.as_strided(*form)
                if tensor.dim() in (2, 4):
                    self.weights.as_strided(*form).fill_(1)
                if tensor.dim() in (2, 4) and tensor.shape[1] > 1:
                    self.matrices.append(form)


class Optimizer:
    """An optimizer that steps a whole model at once; weight_decay is a number, or one for each parameter.

    Attributes:
        state: Vectors of the moments, and the number of steps taken.
    """

    def __init__(
        self, kind: OptimizerName, flat: FlatTensors, weight_decay: Tensor, *, nesterov: bool = False
    ) -> None:
        self.kind = kind
        self.flat = flat
        self.weight_decay = weight_decay
        self.nesterov = nesterov
        self.state = {"first": torch.zeros_like(flat.gradient), "steps": torch.zeros((), device=flat.values.device)}
        if kind != "sgd":
            self.state["second"] = torch.zeros_like(flat.gradient)

    def step(self, rate: Tensor, momentum: Tensor) -> None:
        """Moves the parameters along their gradients. rate, momentum (Adam's first beta): ()."""
        x, g, first = self.flat.parameters, self.flat.gradient, self.state["first"]
        self.state["steps"] += 1
        if self.kind in ("adamw", "muon"):
            x.mul_(1 - rate * self.weight_decay)
        else:
            g = g + self.weight_decay * x
        if self.kind == "sgd":
            first.mul_(momentum).add_(g)
            x.sub_(rate * (g + momentum * first if self.nesterov else first))
            return
        steps, second = self.state["steps"], self.state["second"]
        first.lerp_(g, 1 - momentum)
        second.mul_(_SECOND_BETA).addcmul_(g, g, value=1 - _SECOND_BETA)
        root = (second / (1 - _SECOND_BETA**steps)).sqrt_().add_(_EPSILON)
        change = first / root / (1 - momentum**steps)
        if self.kind == "muon":
            ahead = g.lerp(first, momentum)
            for form in self.flat.matrices:
                into, matrix = change.as_strided(*form), ahead.as_strided(*form)
                # A batch of one: torch multiplies single matrices by another routine, which rounds otherwise.
                into.copy_(_orthogonal(matrix.reshape(1, len(matrix), -1)).view(matrix.shape))
        x.sub_(rate * change)


def _orthogonal(matrices: Tensor) -> Tensor:
    """Returns matrices (N, rows, columns) with their singular values brought near one another.

    They are brought near 1, and scaled to the size that a step of Adam has, so that one rate serves both (Muon:
    Jordan, kellerjordan.github.io/posts/muon; the scale is that of Liu et al., arXiv 2502.16982).
    """
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    a, b, c = _NEWTON_SCHULZ
    for _ in range(_ROUNDS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return 0.2 * max(matrices.shape[1:]) ** 0.5 * (x.mT if tall else x)
