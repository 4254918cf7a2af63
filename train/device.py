"""Chooses which device trains, and with how many bits."""

from typing import Literal, get_args

DeviceName = Literal["auto", "cpu", "cuda"]
Precision = Literal["fp32", "bf16"]
PrecisionName = Literal["auto", "fp32", "bf16"]

CPU_ENGINE = 2  # its number, which grows whenever scores of equal trainings do not repeat those of the one before


class BadDevice(ValueError):
    """A device is not there or lacks a precision; the message is one line that says what to use instead."""


def choose(device: DeviceName, precision: PrecisionName) -> tuple[Literal["cpu", "cuda"], Precision]:
    """Returns what trains; `auto` is a GPU where torch sees one, and fp32, whose accuracy is the reference.

    Raises:
        BadDevice: There is no such device here, or it has no bfloat16 arithmetic; or one of them is no such name.
    """
    for field, given, known in (("device", device, DeviceName), ("precision", precision, PrecisionName)):
        if given not in get_args(known):
            raise BadDevice(f"`{field}` must be one of {', '.join(get_args(known))}, not {given!r}")
    if device == "cpu" and precision != "bf16":
        return "cpu", "fp32"
    import torch

    there = torch.cuda.is_available()
    if device == "cuda" and not there:
        built = "sees no GPU" if torch.version.cuda else "was built without CUDA"
        raise BadDevice(f"`device` cuda needs a GPU, and torch {torch.__version__} {built}; use `device` cpu")
    chosen = "cuda" if there and device != "cpu" else "cpu"
    if precision == "bf16":
        if not (torch.cuda.is_bf16_supported() if chosen == "cuda" else _cpu_has_bf16()):
            raise BadDevice(f"this machine's {chosen} has no bf16 arithmetic; use `precision` fp32")
        return chosen, "bf16"
    return chosen, "fp32"


def _cpu_has_bf16() -> bool:
    """Returns whether the processor multiplies bfloat16 numbers: without that they are slower than float32's."""
    from train.fast.machine import PAIRS

    return PAIRS
