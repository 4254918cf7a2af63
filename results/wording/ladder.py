"""A ladder in words: each step with its target, its result and an analysis that follows from the figures."""

from collections.abc import Sequence
from statistics import fmean, stdev

from results.findings.ladder import Ladder, Rung
from results.findings.student import gap_noise, noise
from results.wording.counted import counted, last_epochs
from results.wording.percent import hundredths, percent

_EVEN = 0.002  # of training and held-out accuracy: less apart is neither over- nor underfitting
_BARS = 30  # characters of the longest


def result(rung: Rung) -> str:
    """Says what a step costs and reaches, over its seeds."""
    return (
        f"{rung.parameters:,} parameters, {rung.macs:,} multiply-adds, receptive field {rung.receptive_field}. "
        f"Training best {mean(rung.best_training)}, last {mean(rung.training)}; "
        f"held-out best {mean(rung.best_held_out)}, last {mean(rung.held_out)}."
    )


def analysis(rung: Rung, before: Rung | None, images: int | None = None) -> str:
    """Says whether a step over- or underfits, whether its change is beyond noise, and what it cost, in sentences.

    images: On how many each training was scored, if that is known. What a single seed cannot show is not said.
    """
    sentences = [_fit(rung, images)]
    if rung.diverged:
        sentences.insert(0, f"The training diverged in {rung.diverged} of {counted(len(rung.held_out), 'seed')}.")
    if before is not None:
        sentences += [_change(rung, before, images), _cost(rung, before)]
    return " ".join(sentence for sentence in sentences if sentence)


def _fit(rung: Rung, images: int | None) -> str:
    """Says whether a step over- or underfits."""
    training, held_out = fmean(rung.training), rung.score
    gap = training - held_out
    figures = f"training {percent(training)}, held-out {percent(held_out)}"
    allowed = gap_noise(rung.training, rung.held_out, images)
    if allowed is None:
        return f"One seed cannot show whether it over- or underfits ({figures})."
    allowed = max(allowed, _EVEN)
    if gap > allowed:
        return f"It overfits by {100 * gap:.2f} points ({figures})."
    if gap < -allowed:
        return f"It underfits rather than overfits: training images are the harder ones for it ({figures})."
    return f"It fits both alike, as far as noise lets see ({figures})."


def _change(rung: Rung, before: Rung, images: int | None) -> str:
    """Says whether a step's change is beyond noise."""
    difference, allowed = rung.score - before.score, noise(rung.held_out, before.held_out, images)
    points = f"{100 * difference:+.2f} points"
    if allowed is None:
        return f"One seed cannot show whether the change, {points}, is more than noise."
    if abs(difference) <= allowed:
        return f"The change, {points}, is within noise ({100 * allowed:.2f})."
    return f"The change {'gains' if difference > 0 else 'loses'} beyond noise: {points} (noise {100 * allowed:.2f})."


def _cost(rung: Rung, before: Rung) -> str:
    """Says what a step's change cost."""
    parts = []
    if rung.parameters != before.parameters:
        parts.append(_more(rung.parameters - before.parameters, "parameter"))
    if rung.macs != before.macs:
        more = rung.macs - before.macs
        share = more / before.macs  # below a hundredth it would be written as 0 %
        parts.append(f"{100 * share:+.0f} % multiply-adds" if abs(share) >= 0.01 else _more(more, "multiply-add"))
    if parts and min(rung.seconds, before.seconds) > 0:
        parts.append(f"{rung.seconds / before.seconds:.1f} times the training time")
    return f"Its price: {', '.join(parts)}." if parts else "It costs no parameter and no multiply-add."


def _more(count: int, noun: str) -> str:
    """Returns `+1,500 parameters`, or `-1 parameter`."""
    return f"{'+' if count > 0 else '-'}{counted(abs(count), noun)}"


def noise_in_words(ladder: Ladder) -> str:
    """Says what noise is in this ladder, in a sentence."""
    if ladder.seeds == 1:
        return "One seed shows no noise, so no change is called a gain or a loss; three seeds for each step show it."
    of = "" if ladder.images is None else f", and by there being {counted(ladder.images, 'held-out image')}"
    return f"Noise is half of the 95 % interval of a difference, from seed to seed{of}."


def _images(ladder: Ladder) -> str:
    return "held-out images" if ladder.images is None else f"the same {counted(ladder.images, 'held-out image')}"


UNDONE = ("design", "parameters", "held-out, last", "change, points", "noise", "than the whole")


def undone(ladder: Ladder) -> list[tuple[str, str, str, str, str, str]]:
    """Returns a row of `UNDONE` for each change undone."""
    whole, rows = ladder.rungs[-1], []
    for rung in ladder.without:
        change, allowed = rung.score - whole.score, noise(rung.held_out, whole.held_out, ladder.images)
        if allowed is None:
            verdict, shown = "one seed cannot show", "-"
        else:
            verdict = "within noise" if abs(change) <= allowed else "better" if change > 0 else "worse"
            shown = f"{100 * allowed:.2f}"
        figures = f"{100 * change:+.2f}", shown
        rows.append((rung.name, f"{rung.parameters:,}", mean(rung.held_out), *figures, verdict))
    return rows


def as_markdown(ladder: Ladder) -> str:
    """Tells the ladder for people: a chart, and for each step its target, result and analysis."""
    several = ladder.seeds > 1
    seeds, spread = (
        (f"the same {ladder.seeds} seeds", ", ± its deviation from seed to seed") if several else ("one seed", "")
    )
    lines = [
        f"# The ladder of {ladder.name}",
        "",
        f"Trained on {ladder.dataset} for {counted(ladder.epochs, 'epoch')}, each step with {seeds}; "
        f"accuracy on {_images(ladder)}, no test image was read. *Last* is the mean of {last_epochs(ladder.hold)}"
        f"{spread}. Training accuracy is that in training, on augmented images and with dropout. "
        f"{noise_in_words(ladder)}",
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
            f"**Analysis.** {analysis(rung, before, ladder.images)}",
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
        bar = "█" * max(1, round(_BARS * (rung.score - low) / ((high - low) or 1.0)))
        rows.append(f"{rung.name:<{width}} {hundredths(rung.score):>6} {bar}")
    return ["```text", f"{head:<{width}} held-out accuracy, %", *rows, "```"]


def mean(scores: Sequence[float]) -> str:
    """Writes the mean as a percentage, with the deviation from seed to seed where there are several."""
    spread = f" ± {100 * stdev(scores):.2f}" if len(scores) > 1 else ""
    return f"{hundredths(fmean(scores))}{spread} %"
