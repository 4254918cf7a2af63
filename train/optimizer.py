"""SGD, Adam and AdamW on one vector, as torch.optim computes them.

Networks of a few thousand parameters in twenty tensors spend more on calls than on arithmetic: with every
parameter a view of one vector, a step is a dozen operations whatever the network. Rates may be tensors, so a
CUDA graph can hold the step, and may differ from parameter to parameter.
"""

import torch
from torch import Tensor, nn

_SECOND_BETA = 0.999
_EPSILON = 1e-8
_ALIGNMENT = 16  # floats: a cache line, and a vector register


class FlatTensors:
    """The parameters and running statistics of a model, made views of one vector.

    Attributes:
        values: Everything that training moves and a weight average averages.
        parameters: The part of `values` that has gradients.
        gradient: Of `parameters`; backward passes add to it.
    """

    def __init__(self, model: nn.Module, *, copies: int = 1) -> None:
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
        self._owner = torch.zeros(trained, dtype=torch.int64, device=device) if copies > 1 else None
        for name, tensor in tensors.items():
            form = tensor.shape, tensor.stride(), ends[name]
            view = self.values.as_strided(*form)
            view.copy_(tensor.detach())
            tensor.data = view
            if name in named:
                tensor.grad = self.gradient.as_strided(*form)
                if self._owner is not None:
                    numbers = torch.arange(tensor.numel(), device=device)
                    self._owner[ends[name] : ends[name] + len(numbers)] = numbers * copies // len(numbers)

    def spread(self, values: Tensor) -> Tensor:
        """(copies,) numbers as one for each parameter."""
        return values if self._owner is None else values[self._owner]


class Optimizer:
    """kind: sgd, adam or adamw. weight_decay: a number, or one for each parameter.

    Attributes:
        state: Vectors of the moments, and the number of steps taken.
    """

    def __init__(self, kind: str, flat: FlatTensors, weight_decay: Tensor) -> None:
        self.kind = kind
        self.flat = flat
        self.weight_decay = weight_decay
        self.state = {"first": torch.zeros_like(flat.gradient), "steps": torch.zeros((), device=flat.values.device)}
        if kind != "sgd":
            self.state["second"] = torch.zeros_like(flat.gradient)

    def step(self, rate: Tensor, momentum: Tensor) -> None:
        """rate, momentum (Adam's first beta): numbers, or one for each parameter."""
        x, g, first = self.flat.parameters, self.flat.gradient, self.state["first"]
        self.state["steps"] += 1
        if self.kind == "adamw":
            x.mul_(1 - rate * self.weight_decay)
        else:
            g = g + self.weight_decay * x
        if self.kind == "sgd":
            first.mul_(momentum).add_(g)
            x.sub_(rate * first)
            return
        steps, second = self.state["steps"], self.state["second"]
        first.lerp_(g, 1 - momentum)
        second.mul_(_SECOND_BETA).addcmul_(g, g, value=1 - _SECOND_BETA)
        root = (second / (1 - _SECOND_BETA**steps)).sqrt_().add_(_EPSILON)
        x.sub_(rate / (1 - momentum**steps) * first / root)
