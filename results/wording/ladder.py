"""A ladder in words: each step with its target, its result and an analysis that follows from the figures."""

from collections.abc import Sequence
from statistics import fmean, stdev

from results.findings.ladder import Ladder, Rung
from results.findings.student import noise
from results.wording.percent import percent

_EVEN = 0.002  # of training and held-out accuracy: less apart is neither over- nor underfitting
_BARS = 30  # characters of the longest


def result(rung: Rung) -> str:
    """Says what a step costs and reaches, over its seeds."""
    return (
        f"{rung.parameters:,} parameters, {rung.macs:,} multiply-adds, receptive field {rung.receptive_field}. "
        f"Training best {mean(rung.best_training)}, last {mean(rung.training)}; "
        f"held-out best {mean(rung.best_held_out)}, last {mean(rung.held_out)}."
    )


def analysis(rung: Rung, before: Rung | None) -> str:
    """Says whether a step over- or underfits, whether its change is beyond noise, and what it cost, in sentences."""
    sentences = [_fit(rung)]
    if rung.diverged:
        sentences.insert(0, f"The training diverged in {rung.diverged} of {len(rung.held_out)} seeds.")
    if before is not None:
        sentences += [_change(rung, before), _cost(rung, before)]
    return " ".join(sentence for sentence in sentences if sentence)


def _fit(rung: Rung) -> str:
    """Says whether a step over- or underfits."""
    training, held_out = fmean(rung.training), rung.score
    gap = training - held_out
    figures = f"training {percent(training)}, held-out {percent(held_out)}"
    if gap > _EVEN:
        return f"It overfits by {100 * gap:.2f} points ({figures})."
    if gap < -_EVEN:
        return f"It underfits rather than overfits: training images are the harder ones for it ({figures})."
    return f"It fits both alike ({figures})."


def _change(rung: Rung, before: Rung) -> str:
    """Says whether a step's change is beyond noise."""
    difference, allowed = rung.score - before.score, noise(rung.held_out, before.held_out)
    points = f"{100 * difference:+.2f} points"
    if abs(difference) <= allowed:
        return f"The change, {points}, is within noise ({100 * allowed:.2f})."
    return f"The change {'gains' if difference > 0 else 'loses'} beyond noise: {points} (noise {100 * allowed:.2f})."


def _cost(rung: Rung, before: Rung) -> str:
    """Says what a step's change cost."""
    parts = []
    if rung.parameters != before.parameters:
        parts.append(f"{rung.parameters - before.parameters:+,} parameters")
    if rung.macs != before.macs:
        parts.append(f"{100 * (rung.macs / before.macs - 1):+.0f} % multiply-adds")
    if parts and min(rung.seconds, before.seconds) > 0:
        parts.append(f"{rung.seconds / before.seconds:.1f} times the training time")
    return f"Its price: {', '.join(parts)}." if parts else "It costs no parameter and no multiply-add."


UNDONE = ("design", "parameters", "held-out, last", "change, points", "noise", "than the whole")


def undone(ladder: Ladder) -> list[tuple[str, str, str, str, str, str]]:
    """Returns a row of `UNDONE` for each change undone."""
    whole, rows = ladder.rungs[-1], []
    for rung in ladder.without:
        change, allowed = rung.score - whole.score, noise(rung.held_out, whole.held_out)
        verdict = "within noise" if abs(change) <= allowed else "better" if change > 0 else "worse"
        figures = f"{100 * change:+.2f}", f"{100 * allowed:.2f}"
        rows.append((rung.name, f"{rung.parameters:,}", mean(rung.held_out), *figures, verdict))
    return rows


def as_markdown(ladder: Ladder) -> str:
    """Tells the ladder for people: a chart, and for each step its target, result and analysis."""
    seeds = "one seed" if ladder.seeds == 1 else f"{ladder.seeds} seeds"
    lines = [
        f"# The ladder of {ladder.name}",
        "",
        f"Trained on {ladder.dataset} for {ladder.epochs} epochs, each step with the same {seeds}; accuracy on "
        f"held-out images, no test image was read. *Last* is the mean of the last {ladder.hold} epochs, ± its "
        f"deviation from seed to seed. Training accuracy is that in training, on augmented images and with dropout.",
        "",
        *_chart("step", ladder.rungs),
    ]
    for number, rung in enumerate(ladder.rungs):
        before = ladder.rungs[number - 1] if number else None
        lines += [
            "",
            f"## Step {number}: {rung.name}",
            "",
            f"**Target.** {rung.target}",
            "",
            f"**Result.** {result(rung)}",
            "",
            f"**Analysis.** {analysis(rung, before)}",
            "",
            f"`{rung.notation}`  ",
            f"{rung.recipe}",
        ]
    if ladder.without:
        whole = ladder.rungs[-1]
        lines += [
            "",
            "## The whole design with one change undone",
            "",
            *_chart("design", (whole, *ladder.without)),
            "",
        ]
        lines += [f"| {' | '.join(row)} |" for row in (UNDONE, ["---"] * len(UNDONE), *undone(ladder))]
    return "\n".join(lines) + "\n"


def _chart(head: str, rungs: Sequence[Rung]) -> list[str]:
    """Draws bars of held-out accuracy, from a little below the lowest, as preformatted text."""
    low = min(rung.score for rung in rungs)
    low -= 0.1 * (1 - low)
    high = max(rung.score for rung in rungs)
    width = max(len(head), *(len(rung.name) for rung in rungs))
    rows = []
    for rung in rungs:
        bar = "█" * max(1, round(_BARS * (rung.score - low) / (high - low)))
        rows.append(f"{rung.name:<{width}} {100 * rung.score:6.2f} {bar}")
    return ["```text", f"{head:<{width}} held-out accuracy, %", *rows, "```"]


def mean(scores: Sequence[float]) -> str:
    """Writes the mean as a percentage, with the deviation from seed to seed where there are several."""
    spread = f" ± {100 * stdev(scores):.2f}" if len(scores) > 1 else ""
    return f"{100 * fmean(scores):.2f}{spread} %"
