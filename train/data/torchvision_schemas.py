"""Lets torchvision's wheel be imported beside a CPU build of torch.

The wheel is built against CUDA torch and registers fake kernels for two operators of its compiled
extension; beside a CPU torch the extension does not load and the import ends in `operator
torchvision::nms does not exist`. Defining the two schemas is enough: nothing here calls them. This file
can go when `import torchvision` works beside `torch+cpu` without it.
"""

import torch

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_library = torch.library.Library("torchvision", "FRAGMENT")  # definitions live as long as this does


def define_missing_operators() -> None:
    """Defines them, which must be done before `import torchvision`; does nothing where the operators exist."""
    for name, schema in _SCHEMAS.items():
        if not hasattr(torch.ops.torchvision, name):
            _library.define(schema)
