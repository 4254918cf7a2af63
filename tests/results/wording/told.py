"""Recipes read back from the words of a report: by regular expressions alone."""

import html
import re

from space.augmentations import Affine, ColourJitter, Crop, Cutout, Flip, Jitter, Rotation
from space.recipe import Constant, Cosine, ExponentialDecay, OneCycle, Recipe, ReduceOnPlateau, StepDecay

N = r"([0-9][0-9.e+-]*)"
AUGMENTATIONS = {
    rf"turned by up to {N}°, (nearest|bilinear)": lambda degrees, how: Rotation(degrees=degrees, interpolation=how),
    rf"turned by up to {N}°, moved by up to {N} of their side, scaled by 1 ± {N} and sheared along x by up to {N}°, "
    r"(nearest|bilinear)": lambda degrees, shift, scale, shear, how: Affine(
        degrees=degrees, translate=shift, scale=scale, shear=shear, interpolation=how
    ),
    rf"rightness is multiplied by 1 ± {N} and contrast by 1 ± {N}": lambda b, c: Jitter(brightness=b, contrast=c),
    r"alf of the images are mirrored": Flip,
    rf"moved by up to {N} whole pixels? along x and along y, (black|mirrored) from outside": lambda padding, how: (
        Crop(padding=int(padding), fill="black" if how == "black" else "mirror")
    ),
    rf"square of {N} of the shorter side": lambda share: Cutout(share=share),
    rf"rightness is multiplied by 1 ± {N}, contrast by 1 ± {N} and saturation by 1 ± {N}": lambda b, c, s: (
        ColourJitter(brightness=b, contrast=c, saturation=s)
    ),
}
SCHEDULES = {
    r"learning rate stays at its peak": Constant,
    rf"learning rate is multiplied by {N} after every (\d+) epochs?$": lambda factor, every: StepDecay(
        every=int(every), factor=factor
    ),
    rf"learning rate is multiplied by {N} after each epoch$": lambda factor: ExponentialDecay(factor=factor),
    rf"rises from 1/{N} of the peak over the first {N} of the steps and falls to 1/{N} of that first rate, each "
    r"along (half a cosine|a line)$": lambda start, warmup, end, curve: OneCycle(
        start_divisor=start, warmup=warmup, end_divisor=end, anneal="linear" if curve == "a line" else "cosine"
    ),
    r"learning rate falls to zero along half a cosine$": Cosine,
    rf"learning rate is multiplied by {N} when the training loss has not fallen by a share of 0.0001 for more than "
    r"(\d+) epochs?$": lambda factor, patience: ReduceOnPlateau(factor=factor, patience=int(patience)),
}


def lines_of(page: str) -> list[str]:
    """The items of the list below the heading of the training."""
    (items,) = re.findall(r"<h3>Its training</h3>\s*<ul>(.*?)</ul>", page, re.DOTALL)
    return [html.unescape(item) for item in re.findall(r"<li>(.*?)</li>", items, re.DOTALL)]


def recipe_of(lines: list[str]) -> Recipe:
    """The recipe that the lines tell; each must tell something."""
    told, facts, augmentation = list(lines), {}, []

    def take(pattern: str) -> tuple | None:
        for line in told:
            if found := re.search(pattern, line):
                told.remove(line)
                return found.groups()
        return None

    epochs, facts["batch_size"] = map(int, take(r"^([\d,]+) epochs? in batches of (\d+), in an order drawn"))
    (name, rate, rest) = take(rf"^(SGD|AdamW|Adam|Muon)\b.*?, learning rate {N} at its peak, (.*)$")
    facts |= {"optimizer": name.lower(), "learning_rate": float(rate), "epochs": epochs}
    facts["nesterov"] = rest.endswith(", Nesterov")
    given = re.search(rf"(?:momentum|first beta) {N}(?:,|$)", rest)
    if not given:
        assert re.search(r"(momentum|first beta) from 0.95 to 0.85 to 0.95 along the cycle", rest), rest
    facts["momentum"] = float(given[1]) if given else 0.5  # which has no effect beside one cycle
    if name != "SGD":
        assert "second beta 0.999, epsilon 1e-08" in rest
    if not take("^No weight decay$") is not None:
        decay, reach, kind = take(
            rf"^Weight decay {N} of (all parameters|convolutions' and fully connected layers' weights only), (.*)$"
        )
        facts |= {"weight_decay": float(decay), "decay_vectors": reach == "all parameters"}
        assert (kind == "decoupled") == (name in ("AdamW", "Muon"))
    else:
        facts["weight_decay"] = 0.0
    (facts["schedule"],) = [s for pattern, make in SCHEDULES.items() if (s := made(make, take(pattern))) is not None]
    for line in [
        line
        for line in told
        if re.match("(Then i|I)mages are|(Then b|B)rightness|(Then h|H)alf of|(Then a|A) square", line)
    ]:
        (step,) = [
            a for pattern, make in AUGMENTATIONS.items() if (a := made(make, match(pattern, line))) is not None
        ]
        augmentation.append(step)
        told.remove(line)
    assert augmentation or take("^No augmentation$") is not None
    facts["augmentation"] = tuple(augmentation)
    for field, pattern in (
        ("fade", rf"^These ranges shrink to nothing over the last {N} of the training$"),
        ("label_smoothing", rf"^{N} of each label is spread evenly over all classes$"),
        ("distillation", rf"^{N} of the loss is the cross-entropy to a teacher's answers"),
        ("ema", rf"its decay is t / \(9 \+ t\) at step t from 1, but at most {N}$"),
    ):
        facts[field] = float(found[0]) if (found := take(pattern)) else 0.0
    assert (take("^The teacher, of") is not None) == bool(facts["distillation"])
    assert told == []
    return Recipe(**facts)


def match(pattern: str, line: str) -> tuple | None:
    found = re.search(pattern, line)
    return found.groups() if found else None


def made(make, groups):
    """What `make` makes of the groups, the numbers among them as such; None of None."""
    if groups is None:
        return None
    return make(*(float(text) if re.fullmatch(N, text) else text for text in groups))
