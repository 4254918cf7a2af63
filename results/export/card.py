"""The model card: what a network is, what it reaches and what it is for, on one Markdown page."""

from pathlib import Path

from results.export.evidence import Evidence
from results.export.templates import plain, template
from results.wording.layers import as_markdown
from space.architecture import Architecture
from space.design import Design


def render_card(
    design: Design,
    evidence: Evidence,
    *,
    module: Path,
    weights: Path | None,
    onnx: Path | None,
    unfolded: Architecture | None = None,
) -> str:
    """Writes the model card; `module`, `weights` and `onnx` are the files that it goes with.

    Args:
        unfolded: The network as it was trained, where `design` is what is left with its norms folded.
    """
    architecture = design.architecture
    return template("card.md.j2").render(
        title=plain(evidence.title),
        scores=[plain(line) for line in evidence.scores],
        found_by=plain(evidence.found_by),
        pixels=plain(evidence.pixels),
        architecture=architecture,
        layers=as_markdown(architecture, named=True),
        unfolded=unfolded,
        recipe=design.recipe.describe(),
        distilled=bool(design.recipe.distillation),
        dataset=evidence.dataset,
        name=plain(evidence.dataset),
        task=evidence.task,
        class_names=[plain(name) for name in evidence.task.class_names],
        module=module,
        weights=weights,
        onnx=onnx,
        versions=evidence.versions,
        date=evidence.date,
    )
