"""What a search is going to do, said before anything heavy is loaded."""

from results.wording.counted import counted
from results.wording.limits import limits_in_words
from search.loop.finals import plan
from search.settings import Settings
from space.choices.search_space import base_of

_DATA = {"mnist": "MNIST", "digits": "scikit-learn's digits"}


def announcement(settings: Settings, *, goes_on: bool) -> str:
    """Returns it in a line. goes_on: whether the study may have begun before."""
    s = settings
    beside = ", beside `timeout`" if s.timeout else ""
    teacher = f"a teacher is trained first, unless it is there{beside}; then " if base_of(s.space) == "taught" else ""
    trials = counted(s.trials, "trial") if s.patience is None else f"at most {counted(s.trials, 'trial')}"
    limits = limits_in_words(s.budget.limits(), s.budgets)
    proposals = f"{trials} {'in all ' if goes_on else ''}within {limits}, {_training(s)}"
    finals = plan(s, trained=s.trials, pruned=0, seconds=0.0).designs
    end = "; at the end finals, the best trained again with fresh seeds" if finals > 1 else ""
    return (
        f"study {s.study}: loading torch and {_DATA.get(s.source.name, s.source.name)}; "
        f"{teacher or 'then '}{proposals}{_augmented(s)}{end}"
    )


def _augmented(settings: Settings) -> str:
    """Says which augmentations training has and why; nothing where they are the usual ones of digits."""
    if settings.augment is None and not settings.task.colour:
        return ""
    why = "" if settings.augment else ", as the pictures are in colour"
    return f", with {'no' if settings.augmentations == 'none' else settings.augmentations} augmentation{why}"


def _training(settings: Settings) -> str:
    whole = f"{counted(settings.epochs, 'epoch')}"
    if settings.screening:
        short = counted(settings.screening, "epoch")
        return f"each first screened by a training of {short}, the best quarter of them trained whole, for {whole}"
    if settings.pruner == "none" or settings.epochs < 2:
        return f"each trained for {whole}"
    return f"each trained for {whole}, or fewer where it is far behind the others"
