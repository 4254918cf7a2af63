"""Lets torchvision's wheel be imported beside a CPU build of torch.

The wheel is built against CUDA torch and registers fake kernels for two operators of its compiled
extension; beside a CPU torch the extension does not load and the import ends in `operator
torchvision::nms does not exist`. Defining the two schemas is enough: nothing here calls them. This file
can go when `import torchvision` works beside `torch+cpu` without it.
"""

import sys

import torch

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_library = torch.library.Library("torchvision", "FRAGMENT")  # definitions live as long as this does


def define_missing_operators() -> None:
    """Defines them where `import torchvision` fails for want of them, before which this must be called.

    Elsewhere the extension loads and defines them itself, and would end the process if they were there.
    """
    try:
        import torchvision  # noqa: F401
    except RuntimeError as error:
        if "operator torchvision::" not in str(error):
            raise
        for module in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[module]  # what was imported before it failed, and would be taken as it is
        for name, schema in _SCHEMAS.items():
            if not hasattr(torch.ops.torchvision, name):
                _library.define(schema)
