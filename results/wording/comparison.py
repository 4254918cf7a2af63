"""Designs side by side, in words."""

from collections.abc import Sequence

from results.findings.comparison import Compared, of_other_images, overlapping
from results.findings.estimate import Estimate
from results.wording.counted import counted
from results.wording.percent import percent
from results.wording.selection import sure

COLUMNS = ("design", "parameters", "multiply-adds", "activations", "field", "data", "search", "confirmed")


def row(compared: Compared) -> tuple[str, ...]:
    """Returns a cell for each of `COLUMNS`; a dash where nothing is known."""
    network = compared.design.architecture
    return (
        compared.name,
        f"{network.parameters:,}",
        f"{network.macs:,}",
        f"{network.activation_bytes:,} B",
        str(network.receptive_field),
        compared.dataset or "-",
        _searched(compared),
        _confirmed(compared.confirmed),
    )


def notes(compared: Sequence[Compared]) -> list[str]:
    """Tells in a sentence each what must be known before the accuracies are compared."""
    told = []
    if groups := of_other_images(compared):
        each = "; ".join(_on(group, groups[:number]) for number, group in enumerate(groups))
        told.append(f"accuracies of other images cannot be compared: {each}")
    if near := overlapping(compared):
        names = ", ".join(one.name for one in near[:-1]) + f" and {near[-1].name}"
        told.append(f"the 95 % intervals of {names} overlap, so which of them is the better is not certain")
    return told


def _on(group: Sequence[Compared], before: Sequence[Sequence[Compared]]) -> str:
    """Tells which designs have accuracies of which images. before: Groups that are named before this one."""
    names, dataset = ", ".join(one.name for one in group), group[0].dataset
    again = any(other[0].dataset == dataset for other in before)
    return f"{names} on {dataset}{' that are others or prepared otherwise' if again else ''}"


def _searched(compared: Compared) -> str:
    estimate = compared.searched
    if estimate:
        finals = f" in {counted(estimate.trainings, 'final')}" if estimate.kind == "finals" else ""
        return f"{percent(estimate.accuracy)}{finals}"
    return compared.record.verdict if compared.record else "-"


def _confirmed(estimate: Estimate | None) -> str:
    if estimate is None:
        return "-"
    return f"{percent(estimate.accuracy)} of {counted(estimate.trainings, 'seed')}, {sure(estimate)}"
